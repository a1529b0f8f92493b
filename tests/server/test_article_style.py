"""The page's colours: every text is readable on every ground, by day and by night."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from glossator.explain import article_html

STYLE = Path(article_html.__file__).with_name("article.css").read_text("utf-8")
GROUNDS = ("paper", "raised", "warning", "marked")
LINES = ("rule", "warning-rule")
AA = 4.5


def palettes() -> dict[str, dict[str, str]]:
    """The named colours by day, by night and on paper."""
    blocks = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    found = [dict(re.findall(r"--([a-z-]+): #([0-9a-f]{3,6})\b", block)) for block in blocks]
    return dict(zip(("light", "dark", "print"), found, strict=True))


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG 2 counts it."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_every_text_is_readable_on_every_ground(scheme: str) -> None:
    colours = {**palettes()["light"], **palettes()[scheme]}
    texts = [name for name in colours if name not in (*GROUNDS, *LINES)]
    pale = {
        (text, ground): round(contrast(colours[text], colours[ground]), 2)
        for text in texts
        for ground in GROUNDS
        if contrast(colours[text], colours[ground]) < AA
    }
    assert len(texts) >= 10
    assert pale == {}


def test_contrast_is_counted_as_the_standard_does() -> None:
    assert contrast("fff", "000000") == pytest.approx(21.0)
    assert contrast("777777", "ffffff") == pytest.approx(4.48, abs=0.01)


def _luminance(colour: str) -> float:
    digits = "".join(digit * 2 for digit in colour) if len(colour) == 3 else colour
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
