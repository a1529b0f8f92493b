"""Other languages: what a word is declared as, and the comment above it, by syntax and across the project's files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from glossator.explain.options import ExplainOptions
from glossator.explain.pipeline import ExplainTools, explain
from glossator.explain.render import to_markdown
from glossator.research.man_pages import man_page
from glossator.research.searxng import SearXNG
from glossator.resolve.declarations import declarations, find_declaration
from glossator.resolve.distributions import Installed
from glossator.resolve.foreign_imports import find_imported, imports
from glossator.resolve.scripted import ScriptedResolver
from tests.cursor import cursor, selection
from tests.research.web_server import Reply, serving

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


IMPORTS = [
    ("javascript", "import express, {Router as R} from 'express';", [("express", "express"), ("R", "express")]),
    ("javascript", "const {join} = require('node:path');\nimport './own.js';", [("join", "path")]),
    ("typescript", "import type {A} from '@scope/pkg/deep';", [("A", "@scope/pkg")]),
    ("typescript", "import * as fs from 'fs';", [("fs", "fs")]),
    ("go", 'import (\n\t"fmt"\n\tj "example.org/x/json/v2"\n)', [("fmt", "fmt"), ("j", "example.org/x/json/v2")]),
    (
        "rust",
        "use serde::{Serialize, de::Error};\nuse crate::own;",
        [("Serialize", "serde"), ("de", "serde"), ("Error", "serde")],
    ),
    ("java", "import java.util.List;", [("List", "java.util")]),
    ("c", "#include <stdio.h>", []),
]


@pytest.mark.parametrize(("language", "source", "expected"), IMPORTS)
def test_imported_names_have_a_package(language: str, source: str, expected: list[tuple[str, str]]) -> None:
    assert list(imports(source, language)) == expected


MANIFESTS = [
    ("javascript", "import a from 'a';", "package.json", '{"dependencies": {"a": "^1.2.3"}}', True),
    ("javascript", "import a from 'a';", "package.json", '{"dependencies": {"a": "file:../a"}}', False),
    ("javascript", "import a from 'a';", "package.json", '{"dependencies": {}}', False),
    ("javascript", "import a from 'a';", "package.json", "{broken", False),
    ("go", 'import "x.org/a"', "go.mod", "module m\nrequire x.org/a v1.2.3\n", True),
    ("go", 'import "x.org/a"', "go.mod", "require x.org/a v1.2.3\nreplace x.org/a => ../a\n", False),
    ("rust", "use a::B;", "Cargo.toml", '[dependencies]\na = "1.2.3"\n', True),
    ("rust", "use a::B;", "Cargo.toml", '[dependencies]\na = { path = "../a" }\n', False),
]


@pytest.mark.parametrize(("language", "source", "name", "manifest", "public"), MANIFESTS)
def test_a_package_is_public_where_the_manifest_takes_it_from_a_registry(
    language: str, source: str, name: str, manifest: str, public: bool, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(manifest, "utf-8")
    found = find_imported("a", source, language, tmp_path) or find_imported("B", source, language, tmp_path)
    assert found is not None
    assert found.public is public


async def test_an_imported_name_is_explained_by_its_package_and_searched_with_consent(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"dependencies": {"express": "^5.0.0"}}', "utf-8")
    (tmp_path / "node_modules" / "express").mkdir(parents=True)
    manifest = {
        "version": "5.1.0",
        "description": "Fast, minimalist web framework",
        "homepage": "https://expressjs.example",
    }
    (tmp_path / "node_modules" / "express" / "package.json").write_text(json.dumps(manifest), "utf-8")
    source = "import {Router} from 'express';\nconst ourSecret = <CURSOR>Router();\n"
    snapshot, position = cursor(source, path=tmp_path / "a.js", language="javascript")
    result = {"title": "Routers", "url": "https://x.example/r", "content": "A router is a middleware."}
    with serving(Reply({"results": [result]})) as server:
        tools = replace(tools_for(tmp_path), web=(SearXNG(server.base_url, seconds=30.0),))
        answer = await explain(snapshot, position, tools, ExplainOptions())
    assert answer.symbol.qualified_name == "express.Router"
    assert answer.summary[0].text == "express: Fast, minimalist web framework."
    assert [one.parameters["q"] for one in server.seen] == ["javascript express Router"]
    assert {one.kind for one in answer.sources} == {"distribution", "project", "web"}


@pytest.mark.parametrize(
    "source",
    ["const <CURSOR>ourSecret = 1;", "import x from './<CURSOR>ours';", "import {<CURSOR>y} from 'not-listed';"],
)
async def test_the_users_own_names_of_other_languages_stay_here(source: str, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"dependencies": {}}', "utf-8")
    snapshot, position = cursor(source, path=tmp_path / "a.js", language="javascript")
    with serving(Reply({"results": []})) as server:
        tools = replace(tools_for(tmp_path), web=(SearXNG(server.base_url, seconds=30.0),))
        await explain(snapshot, position, tools, ExplainOptions())
    assert server.seen == []


@pytest.mark.parametrize("language", ["javascript", "typescript", "go", "rust", "java", "c", "cpp"])
async def test_a_command_in_a_comment_of_any_language(language: str, tmp_path: Path) -> None:
    snapshot, position = cursor("// pip install -q <CURSOR>rich\nx;\n", path=tmp_path / "a.x", language=language)
    answer = await explain(snapshot, position, tools_for(tmp_path), EXTRACTS)
    assert answer.symbol.qualified_name == "pip install"
    assert answer.arguments[0].name == "-q"


async def test_where_else_a_word_is_used_is_among_the_sources(tmp_path: Path) -> None:
    source = "// Adds.\nfunc add(a int) int { return a }\nvar x = <CURSOR>add(1)\nvar y = add(2)\n"
    snapshot, position = cursor(source, path=tmp_path / "a.go", language="go")
    answer = await explain(snapshot, position, tools_for(tmp_path), EXTRACTS)
    assert "a.go:4" in [one.title for one in answer.sources]


@pytest.mark.parametrize("language", ["c", "cpp"])
async def test_a_function_of_the_system_is_explained_by_its_manual_page_or_by_where_it_stands(
    language: str, tmp_path: Path
) -> None:
    source = 'int main() {\n    return <CURSOR>strlen("x");\n}\nint other = strlen("y");\n'
    snapshot, position = cursor(source, path=tmp_path / "a.c", language=language)
    answer = await explain(snapshot, position, tools_for(tmp_path), EXTRACTS)
    page = man_page("strlen", "3")
    expected = page.description[0] if page is not None else "Line 4:"
    assert answer.summary[0].text.startswith(expected)


USES = [
    ("java", "class A {\n  int f(java.util.List<String> l) { return l.<CURSOR>size(); }\n}\n"),
    ("cpp", "auto p = std::<CURSOR>make_unique<int>(2);\n"),
    ("typescript", "const d = Math.<CURSOR>hypot(1, 2);\n"),
    ("typescript", "async function f() {\n  <CURSOR>await g();\n  await h();\n}\n"),
    ("go", "func f() {\n\t<CURSOR>defer g()\n\tdefer h()\n}\n"),
]


@pytest.mark.parametrize(("language", "source"), USES)
async def test_a_use_is_no_declaration_and_the_line_itself_and_keywords_say_nothing(
    language: str, source: str, tmp_path: Path
) -> None:
    snapshot, position = cursor(source, path=tmp_path / "a.x", language=language)
    assert (await explain(snapshot, position, tools_for(tmp_path), EXTRACTS)).empty


async def test_comments_and_the_declaration_are_no_uses(tmp_path: Path) -> None:
    source = "/** Adds two. */\nfunction Adds(a) {}\n// Adds more\nlet s = 'Adds';\nAdds(1);\n<CURSOR>Adds(2);\n"
    snapshot, position = cursor(source, path=tmp_path / "a.js", language="javascript")
    answer = await explain(snapshot, position, tools_for(tmp_path), EXTRACTS)
    assert [one.title for one in answer.sources if one.kind == "project"][1:] == ["a.js:5"]
    assert to_markdown(answer).startswith("```javascript\nfunction Adds(a)\n```")


COMMENTED = [
    ("c", "#define MOST 32 /* more do not fit */\nint a = <CURSOR>MOST;\n", "#define MOST 32", "more do not fit"),
    (
        "cpp",
        "struct A {\n  double r;  // the radius\n};\ndouble f(A a) { return a.<CURSOR>r; }\n",
        "double r",
        "the radius",
    ),
    (
        "rust",
        "/// Counts.\n///\n/// # Examples\n/// ```\n/// x\n/// ```\nfn count() {}\nfn f() { <CURSOR>count() }\n",
        "fn count()",
        "Counts.",
    ),
]


@pytest.mark.parametrize(("language", "source", "signature", "told"), COMMENTED)
async def test_a_comment_beside_counts_and_a_heading_does_not(
    language: str, source: str, signature: str, told: str, tmp_path: Path
) -> None:
    snapshot, position = cursor(source, path=tmp_path / "a.x", language=language)
    answer = await explain(snapshot, position, tools_for(tmp_path), EXTRACTS)
    assert answer.symbol is not None
    assert answer.symbol.signature == signature
    assert [one.text for one in answer.summary] == [told]


async def test_the_tags_of_a_comment_are_told_apart(tmp_path: Path) -> None:
    source = (
        "/**\n * The distance.\n * @param {Place} a - where to start\n * @param b where\n *   to end\n"
        " * @returns kilometres\n */\nfunction far(a, b) {}\n<CURSOR>far(x, y);\n"
    )
    snapshot, position = cursor(source, path=tmp_path / "a.js", language="javascript")
    answer = await explain(snapshot, position, tools_for(tmp_path), EXTRACTS)
    assert [(one.name, one.sentences[0].text) for one in answer.arguments] == [
        ("a", "where to start"),
        ("b", "where to end"),
    ]
    assert answer.synthesis[-1].text == "Returns kilometres"
