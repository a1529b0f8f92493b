"""A regular expression, construct by construct, in the words of the module ``re``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from glossator.explain.constructs.literals import Content, Group
from glossator.research.evidence import Evidence

# How a construct begins, and how the docstring of `re` spells it; the first that fits counts.
_TOKENS: tuple[tuple[str, str], ...] = (
    (r"\\[AbBdDsSwWZ]", ""),
    (r"\\[1-9]\d?", r"\number"),
    (r"\\.", r'"\\"'),
    (r"\[\^?\]?(?:\\.|[^\]\\])*\]", "[]"),
    (r"\(\?P<\w*>", "(?P<name>...)"),
    (r"\(\?P=\w+\)", "(?P=name)"),
    (r"\(\?#[^)]*\)", "(?#...)"),
    (r"\(\?:", "(?:...)"),
    (r"\(\?=", "(?=...)"),
    (r"\(\?!", "(?!...)"),
    (r"\(\?<=", "(?<=...)"),
    (r"\(\?<!", "(?<!...)"),
    (r"\(\?\(\w+\)", "(?(id/name)yes|no)"),
    (r"\(\?[aiLmsux-]+[:)]", "(?aiLmsux)"),
    (r"\{\d*,?\d*\}\?", "{m,n}?"),
    (r"\{\d*,?\d*\}", "{m,n}"),
    (r"[*+?]\?", "*?,+?,??"),
    (r"[*+?^$.|]", ""),
    (r"\(", "(...)"),
    (r"\)", ")"),
)
_TOKEN = re.compile("|".join(f"(?P<t{number}>{pattern})" for number, (pattern, _) in enumerate(_TOKENS)), re.DOTALL)


def pattern_groups(content: Content) -> Iterator[Group]:
    """The constructs of a pattern; a closing parenthesis is part of what its opening one began."""
    opened: list[str] = []
    for match in _TOKEN.finditer(content.text):
        number = int((match.lastgroup or "t0")[1:])
        key = _TOKENS[number][1] or (match[0] if match[0].startswith("\\") else f'"{match[0]}"')
        if key == ")":
            key = opened.pop() if opened else ""
        elif match[0].startswith("(") and not match[0].endswith(")"):
            opened.append(key)
        told = constructs().get(key)
        if told is not None:
            evidence = Evidence("", "Python: re", f"`{key.strip(chr(34))}`: {told}", "docstring")
            start, end = content.offsets[match.start()], content.offsets[match.end()]
            part = content.part(*match.span(), evidence)
            yield Group("regular expression", match[0], start, end, (part,))


@lru_cache(maxsize=1)
def constructs() -> Mapping[str, str]:
    """What the docstring of ``re`` lists, by how it spells it."""
    found: dict[str, str] = {}
    last = ""
    for line in (re.__doc__ or "").splitlines():
        row = re.match(r"^ {4}(\S+(?: \S+)*?)\s{1,}(?=[A-Z]|A\|B)(.*)$", line)
        if row is not None and not row[1].isalpha():
            last = row[1]
            found[last] = row[2].strip()
        elif last and line.startswith(" " * 12):
            found[last] = f"{found[last]} {line.strip()}"
        else:
            last = ""
    return found
