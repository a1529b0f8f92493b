"""Words as the index has them: identifiers in their parts, questions without what every question has."""

from __future__ import annotations

import re

MOST_TERMS = 24
_CAMEL = re.compile(r"\b(?=\w*[a-z][A-Z]|\w*[A-Z]{2}[a-z])[A-Za-z_]\w*")
_PART = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
# Underscores and dots part words in SQLite's own tokenizer already.
_WORD = re.compile(r"[^\W_]+")
_ASKING = frozenset(
    re.split(
        r"\s+",
        """a an and any are as at be between but by call can could do does doing each every for from get had happen
        happens has have how i if in instead into is it its like make me mean means my need not of on one only or
        other our shall should so some such than that the their them then there these they this those thing
        things to up us use used using want was way we were what when where which while who whom whose why will
        with without work works would you your python method function class""",
    )
)


def parted(text: str) -> str:
    """A text with the parts of each CamelCase word behind it: ``AutoTokenizer Auto Tokenizer``."""
    return _CAMEL.sub(lambda match: " ".join((match[0], *_PART.findall(match[0]))), text)


def terms(question: str) -> tuple[str, ...]:
    """The words of a question that can be looked for, each once; all of them where none would be left."""
    words = [word.lower() for word in _WORD.findall(parted(question))]
    telling = [word for word in words if word not in _ASKING and (len(word) > 1 or not word.isascii())]
    return tuple(dict.fromkeys(telling or words))[:MOST_TERMS]


def expression(words: tuple[str, ...]) -> str:
    """A full-text expression for any of the words, or another word for it. Each is quoted, so that none is an operator
    of the language that they are put into: ``OR``, ``NEAR``."""
    asked = dict.fromkeys(one for word in words for one in (word, *_OTHER_WORDS.get(stem(word), ())))
    return " OR ".join(f'"{word}"' for word in asked)


def alike(word: str) -> frozenset[str]:
    """The stems of a word, and of other words for it."""
    return frozenset(stem(one) for one in (word, *_OTHER_WORDS.get(stem(word), ())))


def stem(word: str) -> str:
    """A word without its ending, about as the index compares words."""
    return _ENDING.sub("", word)


def stems(text: str) -> frozenset[str]:
    """The words of a text without their endings, identifiers in their parts."""
    return frozenset(stem(word.lower()) for word in _WORD.findall(parted(text)))


_ENDING = re.compile(r"(?<=\w{3})(?:izations?|ations?|ings?|ions?|ies|ers?|ed|es|s|e|y)$")
# Words that people ask with, and those that documentation has instead. None is of a package's own language.
_SAME = (
    "folder directory",
    "remove delete erase drop",
    "show display",
    "print output write",
    "make create build",
    "save store write",
    "load read",
    "remember cache memoize",
    "off disable",
    "on enable",
    "begin start",
    "end stop finish exit terminate",
    "wait block",
    "change modify update",
    "turn convert switch",
    "join concatenate",
    "size length",
    "number count",
    "picture image",
    "quick fast",
    "everything recursively recursive",
    "text string",
    "list sequence",
    "error exception",
    "argument parameter",
    "folders directories",
    "connect connection",
    "random randomly",
    "repeat repeatedly",
    "first initial",
    "switch activate set",
    "group cluster",
    "merge combine",
)
_OTHER_WORDS: dict[str, tuple[str, ...]] = {}
for _words in map(str.split, _SAME):
    for _word in _words:
        _others = tuple(one for one in _words if one != _word)
        _OTHER_WORDS[stem(_word)] = (*_OTHER_WORDS.get(stem(_word), ()), *_others)
