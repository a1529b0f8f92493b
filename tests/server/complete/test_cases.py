"""The case files: each filter by itself, all of them together, when to ask, and for how much."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from glossator.complete import filters
from glossator.complete.brackets import without_unopened
from glossator.complete.decide import reason_not_to_ask, wish_for
from glossator.complete.filters import FILTERS, Filter
from glossator.complete.reasons import REASONS, explain_reason
from glossator.complete.repetition import without_loops, without_repeated_blocks, without_repeated_lines
from glossator.complete.trim import parsing_part, trim
from tests.server.complete.cases import FOLDER, Case, read_cases

ONE_BY_ONE: tuple[Filter, ...] = (
    filters.without_leaks,
    filters.without_broken_text,
    filters.with_own_indentation,
    without_loops,
    without_repeated_blocks,
    without_repeated_lines,
    filters.without_line_end,
    filters.without_following,
    filters.without_preceding,
    without_unopened,
    filters.without_lone_comment,
    filters.without_single_mark,
    parsing_part,
)
OTHERS = {"trim", "beginning", "reason_not_to_ask", "extent"}


def cases(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Every case of some files, with the file's name."""
    found = [pytest.param(name, case, id=f"{name}: {case.title}") for name in names for case in read_cases(name)]
    return pytest.mark.parametrize(("name", "case"), found)


@cases(*(one.__name__ for one in ONE_BY_ONE))
def test_a_filter_cuts_what_it_must_and_no_more(name: str, case: Case) -> None:
    keep = next(one for one in ONE_BY_ONE if one.__name__ == name)
    assert keep(case.says, case.place).rstrip("\n") == case.keeps


@cases("trim")
def test_an_answer_is_cut_to_what_is_worth_showing(name: str, case: Case) -> None:
    place = case.place
    shown = trim(case.says, place, wish_for(place, most_tokens=64))
    assert shown == (("", case.word) if case.word else (case.keeps, None))


@cases("beginning")
def test_a_beginning_must_be_one_of_something_that_parses(name: str, case: Case) -> None:
    place = case.place
    shown = trim(case.says, place, wish_for(place, most_tokens=64, manual=True), whole=False)
    assert shown == (("", case.word) if case.word else (case.keeps, None))


@cases("reason_not_to_ask")
def test_asking_is_refused_where_nothing_good_would_come(name: str, case: Case) -> None:
    assert (reason_not_to_ask(case.place, manual=False) or "asked") == case.word


@cases("reason_not_to_ask")
def test_by_hand_only_the_impossible_is_refused(name: str, case: Case) -> None:
    expected = "nothing_before" if case.word == "nothing_before" else None
    assert reason_not_to_ask(case.place, manual=True) == expected


@cases("extent")
def test_how_much_is_wanted(name: str, case: Case) -> None:
    assert wish_for(case.place, most_tokens=64).extent == case.word


def test_every_filter_has_its_cases_and_every_file_its_test() -> None:
    assert {keep for _, keep in FILTERS} <= set(ONE_BY_ONE)
    assert {path.stem for path in FOLDER.iterdir()} == {one.__name__ for one in ONE_BY_ONE} | OTHERS
    for one in ONE_BY_ONE:
        kept = {case.says.rstrip() == case.keeps.rstrip() for case in read_cases(one.__name__)}
        assert kept == {True, False}, f"{one.__name__} needs cases that it cuts and cases that it leaves alone"


def test_every_code_has_its_sentence() -> None:
    assert {code for code, _ in FILTERS} <= set(REASONS)
    assert all(sentence.endswith(".") for sentence in REASONS.values())
    assert explain_reason(None) == ""
