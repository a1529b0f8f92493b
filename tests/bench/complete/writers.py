"""Who says what comes next, without a clock: one that errs as often as it is told, and the real model, written down.

A writer is asked for one token after the other, so that no more is computed than a policy lets it write.
"""

from __future__ import annotations

import json
import math
import random
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from keyword import kwlist
from pathlib import Path
from typing import Protocol

from glossator.complete.brackets import open_brackets

SHORTEST, LONGEST, SAVED_EVERY = 16, 32, 50
_TOKEN = re.compile(r"\n[^\S\n]*|[^\S\n]?\w{1,7}|[^\S\n]?[^\w\s]+|[^\S\n]+")
_HEADS = ("if ", "for ", "while ", "def ", "class ", "with ", "elif ", "else", "try", "except", "async ")
_WORD = re.compile(r"[^\W\d]\w+")


@dataclass(frozen=True, slots=True)
class Token:
    """A token and the natural logarithm of its probability."""

    text: str
    logprob: float


class Writer(Protocol):
    """Continues texts."""

    def token(self, prompt: str, number: int) -> Token | None:
        """The token of that number, from 0, of the continuation; None behind its end."""
        ...


@dataclass
class ErringWriter:
    """Knows the text that is typed, but for a share of its tokens. Of a word whose beginning stands there it errs half
    as often with each character. Behind a wrong token comes a line of the text's words. ``seed`` draws which."""

    text: str
    errors: float
    seed: int = 0
    _said: dict[str, list[Token]] = field(default_factory=dict)

    def token(self, prompt: str, number: int) -> Token | None:
        """From the text, or off it."""
        if prompt not in self._said:
            self._said[prompt] = self._written(prompt)
        said = self._said[prompt]
        return said[number] if number < len(said) else None

    def _written(self, prompt: str) -> list[Token]:
        if not self.text.startswith(prompt):
            return self._rubbish(prompt)
        said, end = list[Token](), len(prompt)
        for match in _TOKEN.finditer(self.text):
            if match.end() <= len(prompt):
                continue
            typed = len(self.text[match.start() : len(prompt)].strip())
            chance = self._chance(f"{match.start()} {match[0]}")
            known = chance.random() > self.errors * 0.5**typed
            if not known:
                return [*said, *self._rubbish(self.text[:end])]
            # The surer, the more of the word is there; a token that is known need not be a sure one.
            said.append(Token(self.text[end : match.end()], math.log(1 - 0.7 * chance.random() * 0.5**typed)))
            end = match.end()
        return said

    def _rubbish(self, before: str) -> list[Token]:
        """Some of the text's words, and then what closes the line."""
        chance = self._chance(before)
        words = sorted(set(_WORD.findall(self.text)) - set(kwlist)) or ["x"]
        line = before.rpartition("\n")[2]
        quote = next((mark for mark in "\"'" if line.count(mark) % 2), "")
        marks = [" "] if quote else [".", "(", "[", " + "]
        first = chance.choice(("_", ".")) if line[-1:].isalnum() else ""
        texts = [first + chance.choice(words)]
        texts += [f"{chance.choice(marks)}{chance.choice(words)}" for _ in range(chance.randint(0, 4))]
        opened = open_brackets(line + ("" if quote else "".join(texts)), "#")
        ends = quote + "".join({"(": ")", "[": "]", "{": "}"}[one] for one in reversed(opened))
        ends += ":" if line.lstrip().startswith(_HEADS) and not line.rstrip().endswith(":") else ""
        return [Token(one, math.log(chance.uniform(0.05, 0.95))) for one in (*texts, ends, "\n") if one]

    def _chance(self, about: str) -> random.Random:
        return random.Random(zlib.crc32(f"{self.seed} {about}".encode()))


@dataclass
class RecordedWriter:
    """What a model said, kept in a file; what is not there yet is asked of ``ask``, which gives so many tokens."""

    file: Path
    ask: Callable[[str, int], Sequence[Token]]
    _said: dict[str, tuple[int, list[tuple[str, float]]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.file.exists():
            self._said = json.loads(self.file.read_text("utf-8"))

    def token(self, prompt: str, number: int) -> Token | None:
        """From the file. It holds 16 tokens, or 32 where somebody came so far."""
        asked, said = self._said.get(prompt, (0, []))
        if number >= asked and asked < LONGEST:
            asked = SHORTEST if number < SHORTEST else LONGEST
            said = [(one.text, one.logprob) for one in self.ask(prompt, asked)]
            self._said[prompt] = asked, said
            if len(self._said) % SAVED_EVERY == 0:
                self.save()
        return Token(*said[number]) if number < len(said) else None

    def save(self) -> None:
        """Write the file."""
        part = self.file.with_suffix(".part")
        part.write_text(json.dumps(self._said), "utf-8")
        part.rename(self.file)
