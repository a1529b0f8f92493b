"""Two editor windows at once: nothing is lost, nothing is torn, nobody fails."""

import subprocess
import sys
from pathlib import Path

import pytest

from glossator_cache import Answer, Cache, Memory, Policy
from tests.cache.clock import Clock

WORKER = """
import sys
from glossator_cache import Cache

directory, own = sys.argv[1:]
cache = Cache(directory)
shared, private = cache.bucket("shared", 1), cache.bucket("private", 1)
torn = lost = 0
for number in range(150):
    shared.put(number % 7, {"writer": own, "text": own * 2000, "number": number})
    entry = shared.get((number + 3) % 7)
    torn += entry is not None and entry.value["text"] != entry.value["writer"] * 2000
    lost += not private.put([own, number], number)
    if number % 40 == 0:
        shared.clear()
        private.expire()
cache.close()
print(torn, lost)
"""


def test_two_processes_at_once(tmp_path: Path) -> None:
    """Starting together, too: both make the database."""
    command = [sys.executable, "-W", "error", "-c", WORKER, str(tmp_path)]
    workers = [
        subprocess.Popen([*command, own], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for own in "ab"
    ]
    answers = [worker.communicate(timeout=120) for worker in workers]
    assert answers == [("0 0\n", ""), ("0 0\n", "")]
    cache = Cache(tmp_path)
    private = cache.bucket("private", 1)
    missing = [(own, n) for own in "ab" for n in range(150) if private.get([own, n]) is None]
    cache.close()
    assert missing == []


ASKER = """
import asyncio, os, sys
from pathlib import Path
from glossator_cache import Answer, Cache, Memory, Policy

folder, own, how = Path(sys.argv[1]), sys.argv[2], sys.argv[3]

async def ask():
    with (folder / "asked").open("a") as file:
        file.write(own)
    if how == "crash":
        os._exit(9)
    while len(list(folder.glob("*.ready"))) < 3:
        await asyncio.sleep(0.01)
    return Answer(own)

cache = Cache(folder / "cache")
memory = Memory(cache.bucket("answers", 1))
(folder / f"{own}.ready").touch()
print(asyncio.run(memory.remember("key", ask, Policy(lease=300, patience=300))).value)
cache.close()
"""


@pytest.mark.slow
def test_of_three_processes_one_asks_for_all(tmp_path: Path) -> None:
    processes = [asker(tmp_path, own, "answer") for own in "abc"]
    answers = [process.communicate(timeout=120) for process in processes]
    asked = (tmp_path / "asked").read_text()
    assert len(asked) == 1
    assert answers == [(f"{asked}\n", "")] * 3


@pytest.mark.slow
async def test_a_process_that_dies_while_it_asks_holds_the_others_up_for_its_lease_only(
    tmp_path: Path, clock: Clock
) -> None:
    process = asker(tmp_path, "a", "crash")
    process.communicate(timeout=120)
    assert process.returncode == 9

    async def ask() -> Answer:
        return Answer("mine")

    cache = Cache(tmp_path / "cache", clock=clock)
    began = clock.now
    found = await Memory(cache.bucket("answers", 1), clock.sleep).remember("key", ask, Policy(patience=1000))
    cache.close()
    assert found.value == "mine"
    assert 200 < clock.now - began <= 301


def asker(folder: Path, own: str, how: str) -> "subprocess.Popen[str]":
    """A process that wants the answer, and answers or crashes when it is the one that asks."""
    command = [sys.executable, "-W", "error", "-c", ASKER, str(folder), own, how]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
