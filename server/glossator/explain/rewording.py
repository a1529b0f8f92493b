"""What a small model may do: say a sentence of the extracts again, of the code that stands here.

``len`` "returns the number of items in the container ``paths``" for "Return the number of items in a container": the
words of one sentence in their order, with a subject, an ending, the one argument beside the word for it; without a
"given" here and there, and without what follows an "and" or stands in brackets. Nothing else of it is shown.
Measured before by reading: of what the embedded model writes freely, half of the sentences that pass the citation
check are wrong, for they put the source's words together anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from glossator.explain.cite import holds_sometimes, ordered_words
from glossator.explain.explanation import Sentence
from glossator.explain.subject import is_named, last_name, names_of, subject_of

FEWEST_WORDS = 2
# Behind these a sentence may end early: what comes is more of the same. Behind "or" and "that" it would say too much.
_MAY_END = re.compile(r"\b(?:and|including|such as|by|using|so)\b|[(;]")
# What a sentence may be about: a name, its call, or that with what the result is called.
_EXPRESSION = re.compile(r"(?:[\w., ]+ = )?[\w.]+(?:\(.*\))?")
_MAY_GO = frozenset(
    ordered[0] for word in ("given", "specified", "provided", "passed") for ordered in ordered_words(word)
)
_BESIDE = re.compile(r"(\w+) `([^`]+)`")


def reworded(
    extracts: Sequence[Sentence], written: Sequence[Sentence], titles: dict[str, str], code: str
) -> tuple[Sentence, ...]:
    """The extracts, each in the words of the model where it said that one again; ``titles`` are the sources' by id."""
    left = list(written)
    found = []
    for extract in extracts:
        names = {name for one in extract.citations for name in names_of(titles.get(one, ""))}
        again = next((one for one in left if says_again(one.text, extract.text, names, code)), None)
        if again is None:
            found.append(extract)
        else:
            left.remove(again)
            same = again.text.rstrip(".") == extract.text.rstrip(".")
            found.append(extract if same else Sentence(again.text, extract.citations, "supported"))
    return tuple(found)


def says_again(written: str, original: str, names: set[str], code: str) -> bool:
    """Whether a sentence says the ``original`` again, of something that has one of the ``names``."""
    subject, rest = subject_of(written)
    named = last_name(subject) in names and _EXPRESSION.fullmatch(subject) is not None
    if subject and not named and not original.startswith(f"`{subject}`"):
        return False
    if holds_sometimes(written) != holds_sometimes(original):
        return False
    if not set(re.findall(r"\d+", original)) <= set(re.findall(r"\d+", written)):
        return False
    about = rest if named else re.sub(r"^(?:It|This)\b", "", written)
    about = _BESIDE.sub(lambda match: _without_example(match, original, names, code), about)
    words = [word for word, _, _ in ordered_words(about)]
    return len(words) >= FEWEST_WORDS and _follows(words, original)


def _without_example(match: re.Match[str], original: str, names: set[str], code: str) -> str:
    """``container`` for "container ``paths``", where ``paths`` is the one argument, or whose method is called. Among
    several arguments a small model takes the wrong one."""
    word, value = match[1], re.escape(match[2])
    called = "|".join(map(re.escape, sorted(names - {""})))
    only = re.search(rf"(?i)\b(?:{called})\(\s*{value}\s*\)|(?<!\w){value}\.(?:{called})\(", code)
    return word if only and ordered_words(word) and not is_named(match[2], original) else match[0]


def _follows(words: Sequence[str], original: str) -> bool:
    """Whether the words are those of the original from its beginning, in order, as far as it must be told."""
    there = ordered_words(original)
    place = 0
    for word in words:
        while place < len(there) and there[place][0] != word and there[place][0] in _MAY_GO:
            place += 1
        if place == len(there) or there[place][0] != word:
            return False
        place += 1
    return place == len(there) or _MAY_END.search(original[there[place - 1][2] : there[place][1]]) is not None
