"""What the codes of formats are said to do, tried out with the interpreter that runs this."""

from __future__ import annotations

import datetime
import re

import pytest

from glossator.explain.constructs.formats import date_groups, percent_groups
from glossator.explain.constructs.literals import Content
from glossator.research.language_table import DATE_CODES, PERCENT

# Key of the table: what the code is tried with, what that gives, and the words that say so.
CONVERSIONS = {
    "": ("%s and %s", ("a", 1), "a and 1", "one unique built-in operation"),
    "#": ("%#x", 255, "0xff", "alternate form"),
    "0": ("%05d", 42, "00042", "zero padded"),
    "-": ("%-5d|", 42, "42   |", "left adjusted"),
    " ": ("% d", 42, " 42", "blank should be left before a positive number"),
    "+": ("%+d", 42, "+42", "sign character"),
    "d": ("%d", -4.9, "-4", "Signed integer decimal"),
    "i": ("%i", -4, "-4", "Signed integer decimal"),
    "u": ("%u", -4, "-4", "identical to `'d'`"),
    "o": ("%o", -8, "-10", "Signed octal"),
    "x": ("%x", -255, "-ff", "lowercase"),
    "X": ("%X", 255, "FF", "uppercase"),
    "e": ("%e", 12345.678, "1.234568e+04", "exponential format (lowercase)"),
    "E": ("%E", 12345.678, "1.234568E+04", "exponential format (uppercase)"),
    "f": ("%f", 1.5, "1.500000", "decimal format"),
    "F": ("%F", float("inf"), "INF", "decimal format"),
    "g": ("%g", 0.00001, "1e-05", "lowercase exponential format if exponent is less than -4"),
    "G": ("%G", 0.00001, "1E-05", "uppercase exponential format if exponent is less than -4"),
    "c": ("%c%c", (97, "b"), "ab", "accepts integer or single character string"),
    "r": ("%r", "a", "'a'", "repr()"),
    "s": ("%s", [1], "[1]", "str()"),
    "a": ("%a", "ä", r"'\xe4'", "ascii()"),
    "%": ("%d%%", 5, "5%", "No argument is converted"),
    "key": ("%(a b)s", {"a b": 1}, "1", "parenthesised sequence of characters"),
    "width": ("%*d", (4, 1), "   1", "read from the next element of the tuple"),
    "precision": ("%.*f", (2, 1.239), "1.24", "read from the next element of the tuple"),
    "length": ("%ld", 4, "4", "ignored"),
}
MOMENT = datetime.datetime(2023, 1, 1, 15, 4, 5, 678, datetime.timezone(datetime.timedelta(hours=-4, minutes=-30), "X"))
# What each code gives for that Sunday, a pattern where the locale decides, and the words that say so.
CODES = {
    "%a": (r"\w+\.?", "abbreviated"),
    "%A": (r"\w+", "full name"),
    "%w": ("0", "0 is Sunday"),
    "%d": ("01", "zero-padded"),
    "%b": (r"\w+\.?", "abbreviated"),
    "%B": (r"\w+", "full name"),
    "%m": ("01", "zero-padded"),
    "%y": ("23", "without century"),
    "%Y": ("2023", "with century"),
    "%H": ("15", "24-hour"),
    "%I": ("03", "12-hour"),
    "%p": (r"\w*", "AM or PM"),
    "%M": ("04", "Minute"),
    "%S": ("05", "Second"),
    "%f": ("000678", "6 digits"),
    "%z": ("-0430", "±HHMM"),
    "%Z": ("X", "Time zone name"),
    "%j": ("001", "Day of the year"),
    "%U": ("01", "Sunday as the first day"),
    "%W": ("00", "preceding the first Monday"),
    "%c": (".*2023.*", "date and time"),
    "%x": (".*23.*", "date representation"),
    "%X": (".*04.*", "time representation"),
    "%%": ("%", "literal"),
    "%G": ("2022", "ISO 8601 year"),
    "%u": ("7", "1 is Monday"),
    "%V": ("52", "containing Jan 4"),
}


def test_every_code_of_the_tables_is_tried() -> None:
    assert CONVERSIONS.keys() == PERCENT.keys()
    assert CODES.keys() == DATE_CODES.keys()


@pytest.mark.parametrize("code", sorted(CONVERSIONS))
def test_a_conversion_does_what_is_said_of_it(code: str) -> None:
    written, values, result, words = CONVERSIONS[code]
    assert written % values == result
    assert words in PERCENT[code]


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_date_code_does_what_is_said_of_it(code: str) -> None:
    result, words = CODES[code]
    assert re.fullmatch(result, MOMENT.strftime(code))
    assert words in DATE_CODES[code]


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("%ld", ["l", "d"]),
        ("%(first name)-10s", ["(first name)", "-", "10", "s"]),
        ("%#06.3x", ["#", "0", "6", ".3", "x"]),
        ("%.f", [".", "f"]),
    ],
)
def test_a_conversion_is_told_part_by_part(written: str, parts: list[str]) -> None:
    (group,) = percent_groups(content(written))
    assert [part.text for part in group.parts] == parts
    assert all(
        part.evidence and part.evidence.url.startswith("https://docs.python.org/3/library/") for part in group.parts
    )


@pytest.mark.parametrize("code", ["%-d", "%e", "%#m"])
def test_of_a_platforms_own_code_no_more_is_said_than_that(code: str) -> None:
    (group,) = date_groups(content(code))
    (part,) = group.parts
    assert part.evidence is not None
    assert "varies across platforms" in part.evidence.text
    assert "zero-padded" not in part.evidence.text


def content(text: str) -> Content:
    return Content(text, tuple(range(len(text) + 1)))
