"""Somebody types while the model is slow: whatever is shown fits the text at that very moment."""

from __future__ import annotations

import asyncio
import random
import zlib
from dataclasses import dataclass, field

import pytest

from glossator.complete.desk import Desk
from glossator.complete.pipeline import CompleteOptions, CompleteTools
from glossator.complete.scripted import PacedModel, run_in_no_time
from glossator.text import Snapshot

LINES = [
    "import json",
    "",
    "",
    "def load(path, strict=True):",
    "    with open(path, encoding='utf-8') as file:",
    "        data = json.load(file)",
    "    if strict and not data:",
    "        raise ValueError('nothing in ' + str(path))",
    "    return [row for row in data if row.get('name')]",
    "",
    "",
    "def total(rows):",
    "    result = 0",
    "    for row in rows:",
    "        result += row['price'] * row.get('count', 1)",
    "    return result",
]
REPLAYS = range(40)


@dataclass
class Typing:
    """What an editor does and sees, in seconds of the loop's clock."""

    target: str
    random: random.Random
    model: PacedModel
    desk: Desk = field(default_factory=Desk)
    text: str = ""
    version: int = 0
    shown: list[tuple[str, str]] = field(default_factory=list)
    stale: list[tuple[str, str]] = field(default_factory=list)
    at_once: int = 0
    asked: int = 0

    async def run(self, behind: str) -> None:
        """Type the target, now and then a wrong key that is deleted again."""
        requests: list[asyncio.Task[None]] = []
        for character in self.target:
            typed = [self.text + character]
            if self.random.random() < 0.06:
                typed = [self.text + "q", self.text, self.text + character]
            for text in typed:
                await asyncio.sleep(self.random.choice((0.02, 0.08, 0.15, 0.25, 0.6)))
                self.text, self.version = text, self.version + 1
                snapshot = Snapshot("untitled:typed.py", "python", text + behind, self.version)
                self.desk.changed(snapshot)
                if requests and self.random.random() < 0.8:  # not every client cancels
                    requests[-1].cancel()
                requests.append(asyncio.ensure_future(self.ask(snapshot, text)))
        await asyncio.gather(*requests, return_exceptions=True)
        await self.desk.close()

    async def ask(self, snapshot: Snapshot, prefix: str) -> None:
        """Ask as the server does, and look at the answer as a user does."""
        loop = asyncio.get_running_loop()
        self.asked, began = self.asked + 1, loop.time()
        tools = CompleteTools(self.model, self.model, "paced")
        answer = await self.desk.complete(snapshot, snapshot.position(len(prefix)), tools, CompleteOptions())
        self.at_once += loop.time() == began
        for item in answer.items:
            self.shown.append((self.text, item.text))
            if not self.fits(self.text, item.text):
                self.stale.append((self.text, item.text))

    def fits(self, text: str, suggestion: str) -> bool:
        """Whether the model, asked here or before some of this was typed, says just that."""
        return any(
            self.model.continue_(text[: len(text) - back]).startswith(text[len(text) - back :] + suggestion)
            for back in range(min(len(text), 200))
        )


def writer(target: str, seed: int) -> PacedModel:
    """A model that knows the text that is typed, and sometimes is wrong about it."""

    def go_on(prefix: str) -> str:
        whole = target[len(prefix) :] if target.startswith(prefix) else "quite_wrong(1)\n"
        return "wrong(prefix)\n" if zlib.crc32(f"{seed}{prefix}".encode()) % 4 == 0 else whole

    return PacedModel(go_on, prefill=0.05 + seed % 5 * 0.08, step=0.01 + seed % 3 * 0.03)


def replay(seed: int) -> Typing:
    chance = random.Random(seed)
    start = chance.randrange(len(LINES) - 5)
    target = "\n".join(LINES[start : start + 5]) + "\n"
    typing = Typing(target, chance, writer(target, seed))
    run_in_no_time(typing.run("\nprint(total(load('x')))\n" if seed % 2 else ""))
    return typing


@pytest.mark.parametrize("seed", REPLAYS)
def test_nothing_stale_is_shown_however_somebody_types(seed: int) -> None:
    typing = replay(seed)
    assert typing.stale == []
    assert typing.shown
    assert typing.model.running == 0


def test_most_keys_need_no_model_and_one_document_has_one_generation() -> None:
    replays = [replay(seed) for seed in REPLAYS]
    answered, asked = sum(one.at_once for one in replays), sum(one.asked for one in replays)
    assert answered / asked > 0.6, f"{answered} of {asked}"
    # The second is what is prepared while nobody waits.
    assert max(one.model.most_running for one in replays) <= 2
    assert sum(len(one.model.asked) for one in replays) < asked


def test_the_replay_sees_what_is_stale() -> None:
    typing = Typing("abc", random.Random(0), PacedModel(lambda prefix: "xyz"))
    assert typing.fits("abcx", "yz")
    assert not typing.fits("abcq", "yz")
