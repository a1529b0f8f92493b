"""Where a cursor stands: code, comment or string; in an empty block, in the middle of a line or of a word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from glossator.complete.context import Context
from glossator.models.ending import depth_of

if TYPE_CHECKING:  # the grammars are loaded with the first text, not with the server
    from tree_sitter import Node

Kind = Literal["code", "comment", "string"]
# What editors insert by themselves behind the cursor; a suggestion may still run to the end of such a line.
CLOSERS = re.compile(r"[\s)\]}'\"`,:;]*")
OPENERS = (":", "(", "[", "{")
LINE_COMMENTS = {"python": "#"}
OTHER_COMMENT = "//"
LONG = 4_000
_SAFE_START = re.compile(
    r"^(?:(?:def|class|async def|import|from|func|fn|public|static|const|export) |@|#include)", re.M
)
_COMMENT_NODES = frozenset({"comment", "line_comment", "block_comment", "doc_comment"})
_STRING_NODES = frozenset(
    {"string", "string_content", "string_literal", "template_string", "raw_string_literal", "char_literal"}
    | {"interpreted_string_literal", "concatenated_string", "string_fragment"}
)
_CODE_IN_STRING = frozenset({"interpolation", "template_substitution"})
_QUOTED = re.compile(r"""\\.|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""")
_PROBE = "pass"


@dataclass(frozen=True, slots=True)
class Place:
    """The cursor's surroundings. ``opens``: it stands in a block that is empty, or at the end of the line that opens
    one. ``tree_known``: there is a grammar for the language."""

    context: Context
    language: str = "python"
    kind: Kind = "code"
    opens: bool = False

    @property
    def tree_known(self) -> bool:
        """Whether there is a grammar for the language."""
        from glossator.syntax import grammars

        return self.language == "python" or grammars.knows(self.language)

    @property
    def comment_mark(self) -> str:
        """What a comment to the end of the line begins with."""
        return LINE_COMMENTS.get(self.language, OTHER_COMMENT)

    @property
    def behind(self) -> str:
        """What stands behind the cursor in its line, but for a comment: nobody's suggestion has to fit that."""
        text = self.context.line_after
        return "" if text.lstrip().startswith(self.comment_mark) else text


def place_of(context: Context, language: str) -> Place:
    """Look at the text around a cursor. A language without a grammar is code throughout, its blocks open by ``:`` or a
    bracket."""
    place = Place(context, language)
    if not place.tree_known:
        return Place(context, language, "code", _opens_by_text(context))
    before = safe_start(context.before)
    kind = _kind(before, context.after, language)
    if kind == "code" and _leaves_quote_open(context.line_before):
        kind = "string"  # of which a tree at the end of a text knows nothing yet
    opens = kind == "code" and _opens_by_text(context)
    if opens and language == "python" and _last_character(context) == ":":
        opens = _opens_python_block(before, context)
    return Place(context, language, kind, opens)


def error_count(text: str, language: str) -> int:
    """How many places of a text do not parse; 0 where there is no grammar."""
    from glossator.syntax import grammars

    if language != "python" and not grammars.knows(language):
        return 0
    found, pending = 0, [_root(text, language)]
    while pending:
        node = pending.pop()
        if node.has_error or node.is_missing or node.type == "ERROR":  # no other has any below it
            found += node.is_missing or node.type == "ERROR"
            pending.extend(node.children)
    return found


def safe_start(text: str) -> str:
    """The text from a line that is hardly ever inside a docstring: a window of a long text may begin in one, where
    everything would be read inside out."""
    if len(text) < LONG:
        return text
    start = _SAFE_START.search(text, len(text) - LONG)
    return text[start.start() :] if start else text


def _kind(before: str, after: str, language: str) -> Kind:
    """By the node that both the character before the cursor and what would be typed at it belong to."""
    probe = before + "x" + after
    from glossator.syntax.tree import ancestors

    node = _root(probe, language).descendant_for_byte_range(len(before), len(before) + 1)
    for one in ancestors(node):
        if one.type in _COMMENT_NODES:
            return "comment"
        if one.type in _CODE_IN_STRING:
            return "code"
        if one.type in _STRING_NODES:
            return "string"
    return "code"


def _leaves_quote_open(line: str) -> bool:
    """Whether a quote of a line has no partner."""
    return _QUOTED.sub("", line).count('"') == 1


def _opens_by_text(context: Context) -> bool:
    """Whether the last character before the cursor opens something that is empty: the next line with text in it does
    not stand deeper than the line that opens."""
    if _last_character(context) not in OPENERS or CLOSERS.fullmatch(context.line_after) is None:
        return False
    opener = next(line for line in reversed(context.before.split("\n")) if line.strip())
    following = next((line for line in context.after.split("\n")[1:] if line.strip()), "")
    return not following or depth_of(following) <= depth_of(opener)


def _opens_python_block(before: str, context: Context) -> bool:
    """Whether ``pass`` at the cursor would be the one statement of a block: a colon ends a slice or a key as well."""
    from glossator.syntax.tree import ancestors, parse_once

    gap = "" if not context.line_before.strip() else "\n" + context.indentation + "    "
    text = before + gap + _PROBE
    node = parse_once(text + "\n").descendant_for_byte_range(len(text) - len(_PROBE), len(text))
    blocks = [one for one in ancestors(node) if one.type == "block"]
    return bool(blocks) and blocks[0].named_child_count == 1


def _last_character(context: Context) -> str:
    return context.before.rstrip()[-1:] or " "


def _root(text: str, language: str) -> Node:
    from glossator.syntax import grammars, tree

    return tree.parse_once(text) if language == "python" else grammars.parse_foreign(text, language).root
