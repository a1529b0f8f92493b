"""Other languages: what a word is declared as, and the comment above it, by syntax and across the project's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from glossator.explain.options import ExplainOptions
from glossator.explain.pipeline import ExplainTools, explain
from glossator.resolve.declarations import declarations, find_declaration
from glossator.resolve.distributions import Installed
from glossator.resolve.scripted import ScriptedResolver
from tests.cursor import cursor, selection

EXTRACTS = ExplainOptions("none")
CASES = [
    (
        "javascript",
        "/** Adds.\n * @param a first */\nfunction <CURSOR>add(a) { return a; }",
        "function",
        "function add(a)",
    ),
    ("javascript", "// Rolls on.\nconst roll = (x) => x;\n<CURSOR>roll(1)", "variable", "const roll = (x) => x"),
    (
        "typescript",
        "/** A place. */\nexport interface Place { x: number }\nlet a: <CURSOR>Place;",
        "interface",
        "interface Place",
    ),
    ("typescript", "/** A name. */\ntype Name = string;\nlet a: <CURSOR>Name;", "type", "type Name = string"),
    (
        "typescriptreact",
        "/** A box. */\nfunction Box() { return <b/>; }\nlet a = <<CURSOR>Box/>;",
        "function",
        "function Box()",
    ),
    (
        "go",
        "package m\n// Add adds.\nfunc Add(a int) int { return a }\nvar x = <CURSOR>Add(1)",
        "function",
        "func Add(a int) int",
    ),
    ("go", "package m\n// A Toy rolls.\ntype Toy struct { W int }\nvar x <CURSOR>Toy", "type", "type Toy struct"),
    (
        "rust",
        "/// Adds.\npub fn add(a: i32) -> i32 { a }\nfn m() { <CURSOR>add(1); }",
        "function",
        "pub fn add(a: i32) -> i32",
    ),
    ("rust", "/// A toy.\nstruct Toy { w: i32 }\nfn m(t: <CURSOR>Toy) {}", "struct", "struct Toy"),
    (
        "java",
        "class A { /** Rolls. */\nint roll(int x) { return x; }\nint y = <CURSOR>roll(1); }",
        "method",
        "int roll(int x)",
    ),
    ("c", "/* Adds. */\nint add(int a) { return a; }\nint x = <CURSOR>add(1);", "function", "int add(int a)"),
    ("c", "/* Where. */\nint *place(void);\nint *x = <CURSOR>place();", "function", "int *place(void)"),
    ("c", "/* How many. */\n#define MOST 3\nint x = <CURSOR>MOST;", "macro", "#define MOST 3"),
    ("cpp", "// A toy.\nclass Toy { int w; };\n<CURSOR>Toy t;", "class", "class Toy"),
    (
        "cpp",
        "// The same.\ntemplate<class T> T same(T t) { return t; }\nint x = <CURSOR>same(1);",
        "function",
        "T same(T t)",
    ),
]


def tools_for(root: Path) -> ExplainTools:
    return ExplainTools(ScriptedResolver(), Installed(root, root))


@pytest.mark.parametrize(("language", "source", "kind", "signature"), CASES)
async def test_a_word_is_explained_by_the_comment_above_its_declaration(
    language: str, source: str, kind: str, signature: str, tmp_path: Path
) -> None:
    snapshot, position = cursor(source, path=tmp_path / "place.x", language=language)
    answer = await explain(snapshot, position, tools_for(tmp_path), EXTRACTS)
    assert answer.symbol is not None
    assert answer.symbol.kind == kind
    assert signature in answer.symbol.signature
    assert answer.summary
    assert answer.summary[0].text in source
    assert answer.summary[0].citations == ("1",)
    assert "@param" not in answer.summary[0].text
    assert not answer.problems


async def test_a_declaration_in_another_file_of_the_project_is_found(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "toys.ts").write_text(
        "/** Winds the toy up. */\nexport function wind(turns: number) {}\n", "utf-8"
    )
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "x.js").write_text("/** Wrong. */\nfunction wind() {}\n", "utf-8")
    snapshot, position = cursor("<CURSOR>wind(3);", path=tmp_path / "main.js", language="javascript")
    answer = await explain(snapshot, position, tools_for(tmp_path), EXTRACTS)
    assert [sentence.text for sentence in answer.summary] == ["Winds the toy up."]
    assert answer.symbol.qualified_name == "toys.wind"
    assert answer.sources[0].url.endswith("toys.ts#L2")


async def test_lines_are_explained_by_what_they_declare(tmp_path: Path) -> None:
    source = "<START>// One.\nfunc A() {}\n// Two.\nfunc B() {}<END>\nfunc C() {}\n"
    snapshot, span = selection(source, path=tmp_path / "a.go", language="go")
    answer = await explain(snapshot, span, tools_for(tmp_path), EXTRACTS)
    assert [(one.line, one.code, one.sentences[0].text) for one in answer.constructs] == [
        (2, "func A()", "One."),
        (4, "func B()", "Two."),
    ]


async def test_a_declaration_without_a_comment_says_where_it_is(tmp_path: Path) -> None:
    snapshot, position = cursor("fn <CURSOR>bare() {}", path=tmp_path / "a.rs", language="rust")
    answer = await explain(snapshot, position, tools_for(tmp_path), EXTRACTS)
    assert answer.summary[0].text == "`fn bare()` is a function declared in a.rs, line 1, without a comment."


@pytest.mark.parametrize("text", ["", "}{)(", "func", "/* never closed", "é🙂 = (", "\r\n\r\n"])
@pytest.mark.parametrize("language", ["javascript", "typescript", "go", "rust", "java", "c", "cpp"])
def test_broken_text_does_no_harm(text: str, language: str, tmp_path: Path) -> None:
    list(declarations(text, language))
    assert find_declaration("nothing", text, language, None, tmp_path) is None
