"""What a sentence speaks of: whether that is what its source is about, and whether it says anything of it.

A small model writes sentences whose words all stand in the source, about the wrong thing: ``headers`` "returns a Basic
Auth string", which ``_basic_auth_str`` does, whose result is called ``headers``. Of 53 such sentences that passed the
check before this, 23 were wrong when read; these rules name most of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_SUBJECT = re.compile(r"(?:The |A |An )?`([^`]+)`(.*)", re.DOTALL)
_QUOTED = re.compile(r"`([^`]+)`")
# A verb in the third person, or a word that stands for one: "returns", "is", "can".
_VERB = re.compile(r"(?i)(?:\w+s|are|were|can|cannot|could|did|do|had|have|may|might|must|shall|should|will|would)\b")
WORDS_BEFORE_THE_VERB = 3


def fault_of_subject(written: str, passage: str, titles: Sequence[str]) -> str:
    """Why a sentence that begins with a name cannot be what the passage says, or nothing."""
    repeated = [name for name in _QUOTED.findall(written) if written.count(f"`{name}`") > 1]
    if any(not _repeats_in(passage, name) for name in repeated):
        return "goes round in circles"
    subject, rest = subject_of(written)
    if not subject:
        return ""
    if not is_named(subject, passage) and last_name(subject) not in {name for one in titles for name in names_of(one)}:
        return f"speaks of `{subject}`, which its source is not about"
    before = re.findall(r"`[^`]*`|[\w'-]+", rest)[:WORDS_BEFORE_THE_VERB]
    if not any(_VERB.fullmatch(word) for word in before):
        return f"says nothing of `{subject}`"
    again = re.search(rf"(?<![\w.]){re.escape(subject)}(?![\w=])", rest)
    return "goes round in circles" if again and not _repeats_in(passage, subject) else ""


def is_named(identifier: str, text: str) -> bool:
    """Whether a text names it, as a whole word: ``header_style`` does not name ``header``."""
    bare = identifier.strip("`").lower()
    return any(one and re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text.lower()) for one in {bare, bare.rstrip("s()")})


def subject_of(written: str) -> tuple[str, str]:
    """The name that a sentence begins with, empty if with none, and the rest."""
    match = _SUBJECT.match(written)
    return (match[1], match[2]) if match else ("", written)


def last_name(name: str) -> str:
    """``get`` of ``self.cache.get(key)``, and of ``found = self.cache.get(key)``."""
    return re.split(r"[.\s]", re.sub(r"\([^()]*\)$", "", name))[-1].lower()


def names_of(title: str) -> Iterator[str]:
    """What a source is about: a function and its class, the parameter where it is about one."""
    name, _, parameter = title.rpartition(": ")[2].partition("(")
    yield from (part.lower() for part in name.split(".")[-2:])
    yield parameter.rstrip(")").lower()


def _repeats_in(passage: str, name: str) -> bool:
    return any(len(re.findall(rf"(?<!\w){re.escape(name)}(?!\w)", one)) > 1 for one in passage.split(". "))
