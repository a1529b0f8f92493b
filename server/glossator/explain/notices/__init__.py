"""What a careful reader would warn about: few, by static analysis only, certain or silent."""

from __future__ import annotations

import re
from functools import lru_cache

from glossator.explain.explanation import Notice
from glossator.explain.notices import dropped, left_open, mutable_default, not_awaited, overwritten, shadowed
from glossator.explain.notices.outline import outline_of
from glossator.syntax.tree import Tree

LARGEST_TEXT = 400_000
HEAD = 500  # characters in which a generated file says that it is one
_MEANT = re.compile(r"# *(?:noqa|(?:type|pyright|ty|pyrefly|pylint): *(?:ignore|disable))")
_KINDS = (overwritten, dropped, shadowed, mutable_default, not_awaited)


@lru_cache(maxsize=8)
def find_notices(tree: Tree) -> tuple[Notice, ...]:
    """The notices that the text alone gives, by line; none in texts that were generated, or are so long
    that they must have been.

    Those that need the installed definition are in ``resolved``, for the place asked about.
    """
    if len(tree.text) > LARGEST_TEXT or overwritten.GENERATED.search(tree.text, 0, HEAD):
        return ()
    outline = outline_of(tree)
    found = [notice for kind in _KINDS for notice in kind.find(outline) if not is_marked(tree, notice)]
    return tuple(sorted([*left_open.find(tree), *found], key=lambda notice: notice.line))


def is_marked(tree: Tree, notice: Notice) -> bool:
    """Whether the author told a linter or a type checker that the line is meant so."""
    starts = tree.line_starts
    end = starts[notice.line] if notice.line < len(starts) else None
    return _MEANT.search(tree.text, starts[notice.line - 1], end or len(tree.text)) is not None
