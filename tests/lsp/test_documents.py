"""Documents stay what the editor has, whatever it types."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from glossator.lsp.convert import CODECS, from_span
from glossator.lsp.documents import Documents
from glossator.text import Span
from tests.lsp.test_convert import TEXTS

URI = "file:///work/demo.py"


def opened(text: str) -> Documents:
    documents = Documents()
    documents.open(types.TextDocumentItem(URI, "python", 1, text))
    return documents


def edit(version: int, *changes: types.TextDocumentContentChangeEvent) -> types.DidChangeTextDocumentParams:
    return types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(version, URI), changes)


@given(TEXTS, st.lists(TEXTS, max_size=5), st.sampled_from(sorted(CODECS)), st.data())
def test_edits_do_to_ours_what_they_do_to_the_editor_s(
    text: str, insertions: list[str], encoding: str, data: st.DataObject
) -> None:
    documents = opened(text)
    for version, insertion in enumerate(insertions, start=2):
        now = documents.get(URI)
        assert now is not None
        offsets = st.integers(0, len(now.text))
        positions = sorted((now.position(data.draw(offsets)), now.position(data.draw(offsets))))
        span = Span(positions[0], positions[1])
        text = text[: now.offset(span.start)] + insertion + text[now.offset(span.end) :]
        change = types.TextDocumentContentChangePartial(from_span(now, span, encoding), insertion)
        documents.change(edit(version, change), encoding)
    after = documents.get(URI)
    assert after is not None and after.text == text and after.version == len(insertions) + 1


def test_changes_of_one_message_build_on_each_other() -> None:
    documents = opened("one\n")
    start = types.Range(types.Position(0, 0), types.Position(0, 0))
    documents.change(
        edit(
            2,
            types.TextDocumentContentChangeWholeDocument("two\n"),
            types.TextDocumentContentChangePartial(start, "a"),
            types.TextDocumentContentChangePartial(start, "b"),
        ),
        "utf-16",
    )
    snapshot = documents.get(URI)
    assert snapshot is not None and snapshot.text == "batwo\n"


def test_a_snapshot_stays_as_it_was() -> None:
    documents = opened("one\n")
    before = documents.get(URI)
    documents.change(edit(2, types.TextDocumentContentChangeWholeDocument("two\n")), "utf-16")
    assert before is not None and before.text == "one\n"


def test_watchers_hear_of_changes_and_closing() -> None:
    documents = opened("one\n")
    heard: list[tuple[str, bool]] = []
    documents.watch(lambda uri: heard.append((uri, documents.get(uri) is None)))
    documents.change(edit(2, types.TextDocumentContentChangeWholeDocument("two\n")), "utf-16")
    documents.close(URI)
    assert heard == [(URI, False), (URI, True)]
