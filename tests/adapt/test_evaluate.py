"""Gaps, marks, intervals and verdicts: pure, with models that say what they are told."""

from __future__ import annotations

import json
import subprocess
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from glossator.adapt.collect import SourceFile
from glossator.adapt.evaluate import Arm, Examination, Examiners, Result, examine, forget
from glossator.adapt.gaps import LONGEST, MOST_LINES, Gap, make_gaps
from glossator.adapt.intervals import Estimate, Estimates, estimate
from glossator.adapt.report import (
    SECTION,
    About,
    in_blocks,
    keep,
    read,
    section,
    to_html,
    to_json,
    to_svg,
    with_section,
)
from glossator.adapt.scores import Answer, Marks, mark, saved_keys
from glossator.adapt.unseen import Neighbours, Unseen, unseen_files
from glossator.adapt.verdict import judge, remarks, table
from glossator.complete.decide import cut
from glossator.complete.pipeline import CompleteOptions
from glossator.complete.sources.gather import Gathering
from glossator.complete.sources.similar import SimilarWindows
from glossator.errors import GlossatorError, ModelUnavailable, WrongUse
from glossator.models.base import Model, Piece, Prompt, Usage
from glossator.models.exclusions import Exclusions
from glossator.paths import data_directory
from tests.adapt.test_collect import commit, git
from tests.engine.own_engine import own_folders

MODULE = '''import os


class Shelf{n}:
    """Keeps things."""

    def __init__(self, folder):
        self.folder = folder
        self.things = []

    def add(self, thing, place=None):
        if place is None:
            place = len(self.things)
        self.things.insert(place, thing)
        return self.path_of(thing)

    def path_of(self, thing):
        for number, one in enumerate(self.things):
            if one == thing:
                return os.path.join(self.folder, str(number))
        raise KeyError(thing)


def open_shelf{n}(folder, names=()):
    shelf = Shelf{n}(folder)
    for name in names:
        shelf.add(name.strip().lower())
    return shelf
'''  # fmt: skip
FILES = [SourceFile(f"shelf{n}.py", MODULE.replace("{n}", str(n))) for n in range(6)]


def test_gaps_are_places_of_their_files_where_completion_would_be_asked_for_just_that() -> None:
    gaps = make_gaps(FILES, 40, 7)
    texts = {one.path: one.text for one in FILES}
    assert len(gaps) == 40 and {one.kind for one in gaps} == {"rest of a line", "line", "statement", "block"}
    for gap in gaps:
        assert gap.before + gap.middle + gap.after == texts[gap.path]
        assert len(gap.middle) <= LONGEST and gap.middle.count("\n") < MOST_LINES
        task = gap.task(Path("/x"), CompleteOptions())
        assert cut(gap.middle, task.wish) == gap.middle and task.place.kind == "code"
        assert gap.middle.strip() and not gap.middle.startswith('"""')


def test_gaps_come_from_all_files_and_a_seed_decides_them() -> None:
    gaps = make_gaps(FILES, 12, 7)
    assert {one.path: sum(other.path == one.path for other in gaps) for one in gaps} == dict.fromkeys(
        (one.path for one in FILES), 2
    )
    assert gaps == make_gaps(list(reversed(FILES)), 12, 7) != make_gaps(FILES, 12, 8)
    assert make_gaps(FILES, 40, 7)[:12] == gaps, "more of them leave the first as they are"


@pytest.mark.parametrize(
    "text", ["", "\n", "x", "# only\n# comments\n# here\n", '"""' + "word " * 30 + '\n"""\n', "é\n" * 9]
)
def test_files_without_places_give_none(text: str) -> None:
    assert make_gaps([SourceFile("a.py", text)], 5, 7) == ()


def test_brackets_behind_a_cursor_are_those_that_were_opened_before_it() -> None:
    gaps = [one for one in make_gaps(FILES, 80, 8) if one.after.split("\n")[0]]
    assert gaps
    for gap in gaps:
        behind, line = gap.after.split("\n")[0], gap.before.split("\n")[-1]
        assert set(behind) <= set(")]}")
        assert line.count("(") - line.count(")") + line.count("[") - line.count("]") >= len(behind)


@pytest.mark.parametrize(
    ("truth", "shown", "saved"),
    [
        ("self.folder = folder", "self.folder = folder", 19),
        ("self.folder = folder", "self.folder = other", 9),
        ("self.folder = folder", "nothing", 0),
        ("a = 1\nb = 2\nc", "a = 1\nb = 3", 6),
        ("a = 1\nb = 2", "a = 1", 5),
        ("x", "x", 0),
        ("x", "", 0),
    ],
)
def test_keys_are_saved_by_the_right_beginning(truth: str, shown: str, saved: int) -> None:
    assert saved_keys(truth, shown) == saved


@pytest.mark.parametrize(
    ("shown", "said", "exact", "first", "ended"),
    [
        ("return one\nreturn two", "return one\nreturn two\n", 1, 1, 1),
        ("return one", "return one", 0, 1, 0),
        ("return 1\nreturn two", "return 1\nreturn two", 0, 0, 1),
        ("return one\nreturn two", "return one\nreturn two\nprint()", 1, 1, 0),
        ("", "", 0, 0, 0),
    ],
)
def test_answers_get_marks(shown: str, said: str, exact: float, first: float, ended: float) -> None:
    marks = mark("return one\nreturn two\n", Answer(shown, said, -3.0, 4))
    assert (marks.exact, marks.first_line, marks.ended) == (exact, first, ended)
    assert marks.similarity == pytest.approx(1.0 if exact else marks.similarity) and 0 <= marks.similarity <= 1


def marks(exact: float, logprob: float = -1.0, tokens: float = 1.0) -> Marks:
    return Marks(exact, exact, exact, exact, exact * 5, 10, logprob, tokens)


def rows(of: Callable[[int, int], Mapping[str, Marks]], files: int = 20) -> list[tuple[str, Mapping[str, Marks]]]:
    """Five gaps in each of some files."""
    return [(f"f{file}", of(file, gap)) for file in range(files) for gap in range(5)]


def test_means_are_over_gaps_and_perplexity_over_the_first_arms_tokens() -> None:
    found = estimate(rows(lambda file, gap: {"base": marks(0, -2.0, 2), "adapter": marks(gap == 0, -1.0, 3)}), 200)
    assert found.arms["adapter"]["exact"].value == pytest.approx(0.2)
    assert found.arms["adapter"]["saved"].value == pytest.approx(0.1)
    assert found.arms["base"]["perplexity"].value == pytest.approx(2.718281828)
    assert found.arms["adapter"]["perplexity"].value == pytest.approx(1.6487212707)
    assert found.differences["base"]["exact"].value == pytest.approx(0.2)


def test_gaps_of_one_file_count_together() -> None:
    """The same gaps, alike within a file or spread over the files: only the latter makes a mean sure."""
    together = estimate(rows(lambda file, gap: {"base": marks(0), "adapter": marks(file < 10)}), 400)
    spread = estimate(rows(lambda file, gap: {"base": marks(0), "adapter": marks((file + gap) % 2)}), 400)
    widths = [one.differences["base"]["exact"].margin for one in (together, spread)]
    assert together.differences["base"]["exact"].value == spread.differences["base"]["exact"].value == 0.5
    assert widths[0] > 3 * widths[1]


def test_a_difference_is_paired() -> None:
    """Files are easy or hard for all alike, so that the arms vary much more than their difference."""
    found = estimate(
        rows(lambda file, gap: {"base": marks(0.9 * (file % 2)), "adapter": marks(0.9 * (file % 2) + 0.1)}), 400
    )
    assert found.differences["base"]["exact"].margin < 0.001 < 0.1 < found.arms["base"]["exact"].margin


def differing(rival: str, value: float, margin: float) -> Estimates:
    one = Estimate(value, value - margin, value + margin)
    every = dict.fromkeys(("exact", "similarity", "first_line", "ended", "saved", "perplexity"), one)
    others = {"base": every, "context": every} | ({"control": every} if rival == "control" else {})
    return Estimates({**others, "adapter": every}, others)


@pytest.mark.parametrize(
    ("value", "margin", "helps", "sentence"),
    [
        (0.041, 0.019, True, "helps: +4.1 ± 1.9 points exact match over the control."),
        (0.01, 0.02, False, "does not help: keep the base (+1.0 ± 2.0 points exact match over the control)."),
        (-0.05, 0.02, False, "hurts: keep the base (-5.0 ± 2.0 points exact match over the control)."),
        (0.0, 0.0, False, "does not help: keep the base (+0.0 ± 0.0 points exact match over the control)."),
    ],
)
def test_a_verdict_is_one_sentence(value: float, margin: float, helps: bool, sentence: str) -> None:
    found = judge(differing("control", value, margin), 30)
    assert (found.helps, found.sentence) == (helps, sentence)


def test_without_a_control_the_verdict_says_that_it_is_the_weaker_comparison() -> None:
    found = judge(differing("base", 0.3, 0.1), 30)
    assert found.helps and found.sentence.startswith("helps: +30.0 ± 10.0 points exact match over the base;")
    assert "weaker comparison" in found.sentence


def test_of_few_files_nothing_is_claimed() -> None:
    found = judge(differing("control", 0.3, 0.0), 4)
    assert found.helps is None and found.sentence.startswith("cannot tell: ") and "only 4 files" in found.sentence


def test_what_else_a_reader_should_know_is_remarked() -> None:
    assert remarks(differing("control", 0.1, 0.01), {"control": 5, "adapter": 5}) == ()
    assert "not the same" in remarks(differing("control", 0.1, 0.01), {"control": 5, "adapter": 9})[0]
    assert "no difference" in remarks(differing("base", 0.0, 0.1), {})[0]
    assert "needs no training" in remarks(differing("base", -0.2, 0.1), {})[0]


@dataclass
class KnowingModel:
    """Knows the files by heart under one adapter, and half of each line under another; says what it is asked."""

    asked: list[Prompt] = field(default_factory=list)
    tired: int = 0

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        if prompt.max_tokens == 0 and not prompt.middle:
            return  # only to be loaded
        self.asked.append(prompt)
        if self.tired and len(self.asked) > self.tired:
            raise ModelUnavailable("The engine broke off its answer.", "Ask again.")
        if prompt.middle:
            yield Piece(prompt.middle, logprobs=(-0.1 if prompt.adapter else -2.0,) * 3)
        else:
            text = _what_follows(prompt.text, prompt.suffix)
            yield Piece(text if prompt.adapter == "mine" else text[: len(text) // 2])
        yield Piece("", Usage("scripted", "scripted"))


def _what_follows(before: str, after: str) -> str:
    whole = next(one.text for one in FILES if one.text.startswith(before) and one.text.endswith(after))
    return whole[len(before) : len(whole) - len(after)]


def examination(root: Path, count: int = 18, *arms: Arm) -> Examination:
    every = arms or (Arm("base"), Arm("context", context=True), Arm("control", "other"), Arm("adapter", "mine"))
    return Examination("mine", root, make_gaps(FILES, count, 7), every, "tiny", 64)


def examiners(model: Model, root: Path) -> Examiners:
    unseen = Unseen(root, tuple(FILES), tuple(FILES))
    gathering = Gathering((SimilarWindows(),), Exclusions(root, ()), 256, 60.0)
    return Examiners(model, gathering, Neighbours(unseen).around)


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder of our own."""
    with own_folders() as root:
        yield root / "data"


async def examined(model: Model, root: Path, count: int = 18) -> Result:
    return await examine(examination(root, count), examiners(model, root), lambda done, total: None)


async def test_who_knows_the_code_is_told_from_who_does_not(data: Path, tmp_path: Path) -> None:
    model = KnowingModel()
    result = await examined(model, tmp_path)
    exact = {arm: values["exact"].value for arm, values in result.found.arms.items()}
    assert exact["adapter"] > 0.9 and exact["base"] == exact["control"] < 0.1
    assert result.verdict.helps and "over the control" in result.verdict.sentence
    assert result.found.arms["base"]["perplexity"].value > result.found.arms["adapter"]["perplexity"].value
    assert result.files == 6 and len(model.asked) == 18 * 4 * 2
    shown = [bool(one.passages) for one in model.asked if not one.adapter]
    assert any(shown) and not any(one.passages for one in model.asked if one.adapter)
    assert all(one.ending and one.stop for one in model.asked if not one.middle), "the stopping rules of completion"


async def test_an_evaluation_goes_on_where_it_was_broken_off(data: Path, tmp_path: Path) -> None:
    whole = await examined(KnowingModel(), tmp_path)
    forget("mine")
    with pytest.raises(ModelUnavailable):
        await examined(KnowingModel(tired=51), tmp_path)
    file = data / "evaluations" / "mine" / "answers.jsonl"
    file.write_text(file.read_text() + '{"gap": 3, "arm": "ba')  # killed while it wrote
    again = KnowingModel()
    assert await examined(again, tmp_path) == whole
    assert len(again.asked) == 18 * 4 * 2 - 2 * (51 // 2)
    other = KnowingModel()
    await examined(other, tmp_path, count=6)
    assert len(other.asked) == 6 * 4 * 2, "answers to other questions are of no use"


async def test_a_disk_that_takes_no_answer_is_said(data: Path, tmp_path: Path) -> None:
    (data_directory() / "evaluations").write_text("in the way")
    with pytest.raises(GlossatorError, match="An answer cannot be kept"):
        await examined(KnowingModel(), tmp_path)


@dataclass
class SilentModel:
    """Gives no probabilities."""

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        yield Piece("", Usage("scripted", "scripted"))


async def test_an_engine_without_scores_is_said(data: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="of another version"):
        await examined(SilentModel(), tmp_path)


async def test_what_is_kept_is_read_again_and_stands_in_the_card(data: Path, tmp_path: Path) -> None:
    result = await examined(KnowingModel(), tmp_path)
    told = to_json(examination(tmp_path), result, About(7, "abc", ("a note",)))
    (tmp_path / "README.md").write_text("# mine\n\n## Data\n\nx\n\n## Settings\n\ny\n")
    keep(tmp_path, told, result.found)
    keep(tmp_path, told, result.found)
    card = (tmp_path / "README.md").read_text()
    assert card.count(SECTION) == 1 and "## Settings" in card and result.verdict.sentence in card
    assert read(tmp_path)["verdict"] == result.verdict.sentence
    assert "Shelf" not in json.dumps(told), "no code"
    assert json.loads(json.dumps(told))["gaps"].keys() == {one.kind for one, _ in result.rows}
    page = to_html(told, result.found)
    assert "<script" not in page and "a note" in page and result.verdict.sentence in page
    assert to_svg(result.found).count("<rect") == 12 and len(in_blocks(result.found)) == 4
    assert len(table(result.found)[1]) == 7


@pytest.mark.parametrize("text", [None, "{", "[]", "{}"])
def test_a_report_that_is_none_is_nothing(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "evaluation.json").write_text(text)
    assert read(tmp_path) == {}


def test_a_section_takes_the_place_of_an_earlier_one() -> None:
    new = f"{SECTION}\n\nnew\n"
    assert with_section("", new) == new
    assert with_section("# a\n\ntext\n", new) == f"# a\n\ntext\n\n{new}"
    old = f"# a\n\n{SECTION}\n\nold\n\n## Settings\n\ny\n"
    assert with_section(old, new) == f"# a\n\n{new}\n## Settings\n\ny\n"
    assert section.__doc__


def test_what_was_held_out_and_what_came_since_is_unseen(tmp_path: Path) -> None:
    commit(tmp_path, 1_000_000_000, {one.path: one.text for one in FILES[:4]})
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=tmp_path, capture_output=True, text=True, check=True)
    record = {"root": str(tmp_path), "held_out": ["shelf1.py", "gone.py"], "commit": head.stdout.strip()}
    commit(tmp_path, 1_500_000_000, {FILES[4].path: FILES[4].text})
    git(tmp_path, "checkout", "-q", "--detach")
    found = unseen_files("mine", record, None)
    assert [one.path for one in found.files] == ["shelf1.py", "shelf4.py"] and len(found.every) == 5
    assert any("1 are gone" in one for one in found.notes) and any(
        "came to the repository" in one for one in found.notes
    )
    with pytest.raises(WrongUse, match="none of the 1 files"):
        unseen_files("mine", {**record, "held_out": ["gone.py"], "commit": ""}, None)


def test_what_an_adapter_saw_may_be_unknown(tmp_path: Path) -> None:
    for one in FILES:
        (tmp_path / one.path).write_text(one.text)
    with pytest.raises(WrongUse, match=r"has no training\.json"):
        unseen_files("mine", {}, None)
    found = unseen_files("mine", {}, tmp_path)
    assert len(found.files) == 6 and any("may have seen" in one for one in found.notes)


def test_files_that_are_imported_come_before_those_that_look_alike(tmp_path: Path) -> None:
    other = SourceFile("tools/odd.py", "completely = 'different words entirely'\n" * 3)
    unseen = Unseen(tmp_path, (), (*FILES, other, replace(other, path="odd.js")))
    around = Neighbours(unseen).around("shelf0.py", "from tools import odd\n" + FILES[0].text)
    assert next(one.path.name for one in around if one.path) == "odd.py"
    assert len(around) == 6 and not any(one.uri.endswith("shelf0.py") for one in around)


def test_a_gap_is_seen_without_its_middle() -> None:
    gap = Gap("a.py", "line", "x = 1\n", "y = 2", "\nz = 3\n")
    task = gap.task(Path("/x"), CompleteOptions())
    assert (task.snapshot.text, task.position.line, task.position.column) == ("x = 1\n\nz = 3\n", 1, 0)
