"""What is shown is inert, clipped, and says where it comes from."""

from __future__ import annotations

import json

import pytest
from markdown_it import MarkdownIt

from glossator.errors import Problem
from glossator.explain.explanation import Argument, Explanation, Meta, Notice, Reference, Sentence, SymbolFacts
from glossator.explain.render import brief_signature, inert, to_json, to_markdown
from glossator.text import Position, Span

PAYLOADS = [
    "[click](command:evil)",
    "![pixel](https://evil.example/p.png)",
    "<details><summary>x</summary><img src=x onerror=alert(1)></details>",
    "```\n</code>\n[x](command:evil)",
    "https://user@evil.example/",
    "<https://evil.example>",
    "[ref][1]\n\n[1]: https://evil.example",
    "# heading\n---",
    "[x](javascript:alert(1))",
    "| a | b |\n|---|---|",
    "**bold** _it_ ~~no~~",
    "[file](file:///etc/passwd)",
    "www.evil.example",
    "- item\n1. item",
    "someone@evil.example",
]


def explanation(text: str = "It loads.", **fields) -> Explanation:
    values = {
        "target": "a.py:1:1",
        "symbol": SymbolFacts("load", "toy.load", "function", "load(path)", "toy", "toy", "1.0"),
        "summary": (Sentence(text, ("1",), "extracted"),),
        "sources": (Reference("1", "toy 1.0: toy.load", "file:///x/toy.py#L3", "docstring", text, ""),),
        **fields,
    }
    return Explanation(**values)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_retrieved_text_is_inert_in_a_real_renderer(payload: str) -> None:
    shown = MarkdownIt("commonmark", {"linkify": True}).enable(["table", "strikethrough"]).render(inert(payload))
    for active in ("<a ", "<img", "<h1", "<hr", "<table", "<strong", "<em", "<s>", "<details", "<ul", "<ol", "onerror=alert(1)>"):
        assert active not in shown


def test_code_stays_code() -> None:
    assert inert("call `a_b*c` now") == "call `a_b*c` now"


def test_a_source_in_the_web_is_linked_with_its_host_and_no_other_scheme_is() -> None:
    sources = (
        Reference("1", "Docs", "https://docs.example/a#b", "web", "", ""),
        Reference("2", "Bad", "javascript:alert(1)", "web", "", ""),
        Reference("3", "Worse", "https://user@evil.example", "web", "", ""),
    )
    shown = to_markdown(explanation(sources=sources))
    assert "[docs.example](https://docs.example/a#b)" in shown
    assert "javascript" not in shown
    assert "evil" not in shown


def test_everything_the_reader_needs_is_there_in_order() -> None:
    whole = explanation(
        arguments=(Argument("path", '"a`b"', (Sentence("Where it is.", ("1",), "extracted"),)),),
        notices=(Notice(1, "k", "Mind this."), Notice(9, "k", "Far away.")),
        problems=(Problem("No model.", "Pull one."),),
        synthesis=(Sentence("It loads.", ("1",), "extracted"), Sentence("Returns: it.", ("1",), "extracted")),
        span=Span(Position(0, 0), Position(0, 4)),
    )
    shown = to_markdown(whole)
    order = ["load(path)", "**toy.load**", "Mind this.", "It loads.", "Where it is.", "Returns: it.", "No model.", "toy 1.0: toy.load"]
    assert [shown.index(part) for part in order] == sorted(shown.index(part) for part in order)
    assert "Far away." not in shown
    assert shown.count("It loads.") == 1
    assert "extracted, no model" in shown


def test_text_of_a_model_says_whose_it_is() -> None:
    shown = to_markdown(explanation(meta=Meta("engine", "tiny", cached=True)))
    assert "tiny, remembered" in shown


def test_a_long_hover_is_clipped_at_a_line() -> None:
    shown = to_markdown(explanation("word " * 2000), limit=500)
    assert len(shown) < 600
    assert shown.endswith("…")


def test_json_has_the_keys_of_the_contract() -> None:
    fields = json.loads(json.dumps(to_json(explanation(notices=(Notice(1, "k", "m", (2,)),)))))
    assert set(fields) >= {
        "target", "symbol", "summary", "arguments", "notices", "synthesis", "sources", "problems", "meta",
    }  # fmt: skip
    assert fields["summary"] == [{"text": "It loads.", "citations": ["1"], "support": "extracted"}]
    assert fields["notices"] == [{"line": 1, "kind": "k", "message": "m"}]
    assert set(fields["meta"]) == {"backend", "model", "adapter", "cached", "duration_ms", "created_at", "options"}


def test_a_long_signature_loses_its_annotations_only() -> None:
    long = "f(" + ", ".join(f"name_{number}: dict[str, int] | None = None" for number in range(5)) + ", **rest) -> int"
    assert brief_signature(long) == "f(name_0=None, name_1=None, name_2=None, name_3=None, name_4=None, **rest) -> int"
    assert brief_signature("f(a: int)") == "f(a: int)"
