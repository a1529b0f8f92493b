"""Files to examples, recipes, curves and plans: pure."""

import dataclasses
import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from glossator.adapt.card import card
from glossator.adapt.collect import SourceFile
from glossator.adapt.curve import in_blocks, to_svg
from glossator.adapt.examples import Cutting, make_examples, syntax_spans, to_lines
from glossator.adapt.recipe import RECIPES, Package, read_recipe, unpack
from glossator.errors import DownloadFailed, ModelTooLarge, WrongUse
from glossator.models.adapter_format import FORMAT_FILE, brought, read_infill, to_json
from glossator.models.families import PLAIN, SMOLLM2, STARCODER
from glossator.models.formats import Hole, Slot, Special
from glossator.models.memory import starcoder
from glossator.models.training import Hyperparameters, filled, fitting, settable, training_bytes

TEXT = '''import os


def read(path, encoding="utf-8"):
    """Read ä file."""
    with open(path, encoding=encoding) as stream:
        lines = [line.rstrip() for line in stream]
    return os.linesep.join(lines)
''' * 12  # fmt: skip
CUTTING = Cutting(tokens=64, fim_share=0.8, spm_share=0.5, syntax_share=0.5, spacing=40)
FILES = [
    SourceFile("a.py", TEXT),
    SourceFile("b.unknown", TEXT),
    SourceFile("c.js", "let a = (b) => { return b + 1 };\n" * 9),
]


def test_examples_are_parts_of_their_files() -> None:
    made = make_examples(FILES, CUTTING, 3)
    texts = {one.path: one.text for one in FILES}
    assert all(one.before + one.middle + one.after in texts[one.path] for one in made)
    assert all(one.middle for one in made)
    assert {one.kind for one in made} == {"node", "line", "random", "whole"}
    assert {one.order for one in made} == {"psm", "spm"}
    assert {one.ends for one in made if one.kind != "whole"} == {True}


def test_a_seed_decides_all_of_them() -> None:
    assert make_examples(FILES, CUTTING, 3) == make_examples(FILES, CUTTING, 3) != make_examples(FILES, CUTTING, 4)


@pytest.mark.parametrize(
    ("changed", "kinds"),
    [
        ({"fim_share": 0.0}, {"whole"}),
        ({"fim_share": 1.0, "syntax_share": 0.0}, {"random"}),
        ({"fim_share": 1.0, "syntax_share": 1.0}, {"node", "line"}),
    ],
)
def test_shares_are_kept(changed: dict[str, float], kinds: set[str]) -> None:
    made = make_examples(FILES, dataclasses.replace(CUTTING, **changed), 3)  # type: ignore[arg-type]
    assert {one.kind for one in made} == kinds


def test_syntax_spans_are_nodes_in_code_points() -> None:
    spans = [TEXT[start:end] for start, end in syntax_spans("a.py", TEXT)]
    assert "return os.linesep.join(lines)" in spans and "os.linesep.join(lines)" in spans
    assert 'def read(path, encoding="utf-8")' not in spans
    assert syntax_spans("a.txt", TEXT) == []


@pytest.mark.parametrize("text", ["x", "\n", "é", "(" * 90, "\t\n" * 50])
def test_odd_texts_have_examples_too(text: str) -> None:
    for number in range(30):
        assert all(one.middle for one in make_examples([SourceFile("a.py", text)], CUTTING, number))


def test_lines_are_json_of_one_line_each() -> None:
    made = make_examples(FILES, CUTTING, 3)
    read = [json.loads(line) for line in "".join(to_lines(made)).splitlines()]
    assert [one["middle"] for one in read] == [one.middle for one in made]


def test_a_base_without_holes_gets_a_format_of_its_spare_tokens(tmp_path: Path) -> None:
    family = brought(SMOLLM2, ["<z>", "<gh_stars>"])
    mark = Special("<gh_stars>")
    assert family.spell(Hole("ab", "cd")) == (mark, " after:\ncd", mark, " before:\nab")
    assert "<gh_stars>" in family.marks
    assert brought(PLAIN, []).spell(Hole("ab", "cd")) == ("\n# after:\ncd\n# before:\nab",)
    assert family.infill is not None
    (tmp_path / FORMAT_FILE).write_text(json.dumps({"infill": to_json(family.infill)}))
    assert read_infill(tmp_path) == family.infill


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"infill": {"psm": [], "spm": [], "order": "psm"}}', '{"infill": {"psm": 1}}']
)
def test_a_damaged_format_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / FORMAT_FILE).write_text(text)
    with pytest.raises(WrongUse, match="cannot be read"):
        read_infill(tmp_path)


def test_no_format_is_none(tmp_path: Path) -> None:
    assert read_infill(tmp_path) is None
    (tmp_path / FORMAT_FILE).write_text('{"infill": null}')
    assert read_infill(tmp_path) is None
    assert STARCODER.infill and Slot.BEFORE in STARCODER.infill.template


def test_what_does_not_fit_says_what_would() -> None:
    model = starcoder("bigcode/starcoderbase-1b")
    assert model is not None
    told = filled(Hyperparameters(batch=4, length=2048), model.parameters, 8192, "cpu")
    takes = training_bytes(model, told, "cpu")
    assert fitting(model, told, "cpu", takes) == told
    with pytest.raises(ModelTooLarge) as caught:
        fitting(model, told, "cpu", takes - 1)
    assert caught.value.next_step == "This would fit: --batch 1."
    with pytest.raises(ModelTooLarge, match="choose a smaller --base"):
        fitting(model, told, "cpu", 1_000_000)


def test_what_is_set_stays_and_the_rest_follows_the_size() -> None:
    small = filled(settable({"rank": 4, "seed": None}), 135_000_000, 8192, "cpu")
    assert (small.rank, small.alpha, small.quantization, small.length) == (4, 8, "none", 512)
    large = filled(Hyperparameters(), 7_000_000_000, 8192, "cuda")
    assert (large.quantization, large.learning_rate, large.batch * large.accumulate) == ("nf4", 1e-4, 16)


@pytest.mark.parametrize(
    ("values", "blocks"),
    [([], ""), ([1.0], "▁"), ([1, 1], "▁▁"), ([8, 1], "█▁"), ([1, 2, 3, 4, 5, 6, 7, 8], "▁▂▃▄▅▆▇█")],
)
def test_a_curve_in_blocks(values: list[float], blocks: str) -> None:
    assert in_blocks(values) == blocks
    assert len(in_blocks([*values] * 50, 10)) <= 10


def test_a_curve_in_svg_and_its_card() -> None:
    assert to_svg([(1, 3.0), (2, 2.0)], [(2, 2.5)]).count("<polyline") == 2
    assert "<svg" in to_svg([], [])
    record = {
        **{"base": "tiny", "files": 3, "characters": 5_000, "held_out": ["a"], "cut": 5, "commit": "abc", "steps": 2},
        **{"licenses": {"MIT": 3}, "left_out": {"binary": 1}, "parameters": {"rank": 4}},
    }
    written = card("mine", record, [(0, 3.0), (2, 2.5), (4, 2.75)])
    assert "3.0000 before, 2.5000 after" in written and "| MIT | 3 |" in written and "base_model: tiny" in written


@pytest.mark.parametrize("name", sorted(one.stem for one in RECIPES.glob("*.toml")))
def test_our_recipes_are_whole(name: str) -> None:
    recipe = read_recipe(name)
    assert recipe.name == name and len({one.name for one in recipe.packages}) == len(recipe.packages) > 5
    assert {one.license for one in recipe.packages} <= {"MIT", "BSD-3-Clause", "Apache-2.0"}
    assert {len(one.sha256) for one in recipe.packages} == {64}
    assert settable(recipe.parameters).seed


def test_a_wheel_is_unpacked_by_its_hash_alone(tmp_path: Path) -> None:
    wheel = tmp_path / "a.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("a/b.py", "x = 1\n")
        archive.writestr("../evil.py", "x = 2\n")
        archive.writestr("a/data.bin", "y")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    with pytest.raises(DownloadFailed, match="not the one"):
        unpack(wheel, Package("a", "1", "MIT", "0" * 64), tmp_path / "out")
    unpack(wheel, Package("a", "1", "MIT", digest), tmp_path / "out")
    assert sorted(one.name for one in tmp_path.rglob("*") if one.is_file()) == ["LICENSE", "b.py"]


@pytest.mark.parametrize("text", [None, "name = ", 'name = "a"', 'name = "a"\nbase = "b"\npackages = [{name = "x"}]'])
def test_a_recipe_that_is_none_is_said(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "r.toml").write_text(text)
    with pytest.raises(WrongUse, match="recipe"):
        read_recipe(str(tmp_path / "r.toml"))
