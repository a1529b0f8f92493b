"""What is asked, how often, and what is returned instead: on a clock that the tests set."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from glossator_cache import (
    Answer,
    Bucket,
    Cache,
    Memory,
    NotPlain,
    NotRemembered,
    Policy,
    Remembered,
    SessionBucket,
    Shelf,
    Unavailable,
    digest,
)
from tests.cache.clock import Clock

POLICY = Policy(fresh=100, stale=1000, negative=10, failure=20, lease=30, patience=5)


class Source:
    """Answers with what it is given, in order, the last one again and again; exceptions are raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.gate: asyncio.Event | None = None
        self.began = asyncio.Event()

    async def __call__(self) -> Answer:
        """The next answer, once the gate is open."""
        self.asked += 1
        if self.gate is not None:
            self.began.set()
            await self.gate.wait()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer if isinstance(answer, Answer) else Answer(answer)


@pytest.fixture(params=["disk", "session"])
def shelf(request: pytest.FixtureRequest, bucket: Bucket, clock: Clock) -> Shelf:
    """Both shelves keep to the same rules."""
    return bucket if request.param == "disk" else SessionBucket(clock=clock)


@pytest.fixture
async def memory(shelf: Shelf, clock: Clock) -> AsyncIterator[Memory]:
    """A memory whose sleep lets the clock go."""
    memory = Memory(shelf, clock.sleep)
    yield memory
    await memory.close()


@pytest.fixture
def other(cache: Cache, clock: Clock) -> Iterator[Memory]:
    """Another window's memory of the same bucket on disk."""
    cache = Cache(cache.directory, clock=clock)
    yield Memory(cache.bucket("answers", 1), clock.sleep)
    cache.close()


async def settle(memory: Memory) -> None:
    """Wait for what is asked in the background."""
    await memory.close(patience=60)


async def test_a_fresh_answer_is_not_asked_for_again(memory: Memory, clock: Clock) -> None:
    source = Source(["a"], ["b"])
    assert await memory.remember("key", source, POLICY) == Remembered(["a"])
    clock.now += 99
    assert await memory.remember("key", source, POLICY) == Remembered(["a"], age=99)
    assert await memory.remember("other", source, POLICY) == Remembered(["b"])
    assert source.asked == 2


async def test_a_stale_answer_is_there_at_once_and_asked_for_again_once(memory: Memory, clock: Clock) -> None:
    source = Source("old", "new")
    await memory.remember("key", source, POLICY)
    clock.now += 500
    source.gate = asyncio.Event()
    for _ in range(3):
        assert await memory.remember("key", source, POLICY) == Remembered("old", age=500, stale=True)
    source.gate.set()
    await settle(memory)
    assert await memory.remember("key", source, POLICY) == Remembered("new")
    assert source.asked == 2


async def test_an_answer_that_is_too_old_is_asked_for(memory: Memory, clock: Clock) -> None:
    source = Source("old", "new")
    await memory.remember("key", source, POLICY)
    clock.now += 1000
    assert await memory.remember("key", source, POLICY) == Remembered("new")


async def test_a_stale_answer_outlives_a_failure_which_is_not_repeated_at_once(memory: Memory, clock: Clock) -> None:
    source = Source("old", Unavailable("down"), "new")
    await memory.remember("key", source, POLICY)
    clock.now += 500
    for _ in range(3):
        assert (await memory.remember("key", source, POLICY)).value == "old"
        await settle(memory)
    assert source.asked == 2
    clock.now += 31  # 20, and up to a half more
    assert (await memory.remember("key", source, POLICY)).value == "old"
    await settle(memory)
    assert (await memory.remember("key", source, POLICY)).value == "new"


async def test_a_bug_in_the_background_is_logged_and_the_stale_answer_stays(
    memory: Memory, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    source = Source("old", ZeroDivisionError())
    await memory.remember("key", source, POLICY)
    clock.now += 500
    await memory.remember("key", source, POLICY)
    await settle(memory)
    assert (await memory.remember("key", source, POLICY)).value == "old"
    assert "could not be asked for again" in caplog.text


async def test_that_there_is_nothing_is_remembered_for_a_short_time(memory: Memory, clock: Clock) -> None:
    source = Source(Answer([], empty=True), ["something"])
    assert await memory.remember("key", source, POLICY) == Remembered([], empty=True)
    clock.now += 9
    assert await memory.remember("key", source, POLICY) == Remembered([], age=9, empty=True)
    clock.now += 1
    assert await memory.remember("key", source, POLICY) == Remembered(["something"])


async def test_a_part_is_returned_and_not_remembered(memory: Memory) -> None:
    source = Source(Answer(["half"], partial=True), ["whole"])
    assert await memory.remember("key", source, POLICY) == Remembered(["half"], partial=True)
    assert await memory.remember("key", source, POLICY) == Remembered(["whole"])


async def test_a_part_does_not_take_the_place_of_a_whole(memory: Memory, clock: Clock) -> None:
    source = Source(["whole"], Answer(["half"], partial=True))
    await memory.remember("key", source, POLICY)
    clock.now += 500
    await memory.remember("key", source, POLICY)
    await settle(memory)
    assert (await memory.remember("key", source, POLICY)).value == ["whole"]


async def test_a_failure_is_raised_again_without_asking(memory: Memory, clock: Clock) -> None:
    source = Source(Unavailable({"code": 503}), "back")
    for _ in range(2):
        with pytest.raises(Unavailable) as caught:
            await memory.remember("key", source, POLICY)
        assert caught.value.detail == {"code": 503}
    assert source.asked == 1
    assert (await memory.remember("key", source, POLICY, mode="fresh")).value == "back"
    clock.now += 31
    assert (await memory.remember("key", source, POLICY)).value == "back"


async def test_who_was_told_to_wait_asks_nothing_of_the_same_scope(memory: Memory, clock: Clock) -> None:
    source = Source(Unavailable("slow down", retry_after=300), "back")
    with pytest.raises(Unavailable):
        await memory.remember("one", source, POLICY, scope="site")
    clock.now += 100
    for mode in ("normal", "fresh"):
        with pytest.raises(Unavailable, match=r"slow down Ask again in 200 seconds\."):
            await memory.remember("two", source, POLICY, mode, scope="site")  # type: ignore[arg-type]
    assert (await memory.remember("two", Source("fine"), POLICY, scope="elsewhere")).value == "fine"
    clock.now += 200
    assert (await memory.remember("one", source, POLICY, scope="site")).value == "back"


async def test_other_exceptions_are_not_remembered(memory: Memory) -> None:
    source = Source(ZeroDivisionError(), "fine")
    with pytest.raises(ZeroDivisionError):
        await memory.remember("key", source, POLICY)
    assert (await memory.remember("key", source, POLICY)).value == "fine"


async def test_what_cannot_be_kept_as_json_is_a_bug_of_who_answers(memory: Memory) -> None:
    with pytest.raises(NotPlain):
        await memory.remember("key", Source(Answer((1, 2))), POLICY)


async def test_offline_replays_whatever_its_age_and_never_asks(memory: Memory, clock: Clock) -> None:
    source = Source("old", "new")
    with pytest.raises(NotRemembered, match="not remembered"):
        await memory.remember("key", source, POLICY, "offline")
    await memory.remember("key", source, POLICY)
    assert await memory.remember("key", source, POLICY, "offline") == Remembered("old")
    clock.now += 1_000_000
    assert await memory.remember("key", source, POLICY, "offline") == Remembered("old", age=1_000_000, stale=True)
    await settle(memory)
    assert source.asked == 1


async def test_what_may_not_be_stored_longer_is_not_replayed_either(memory: Memory, clock: Clock) -> None:
    await memory.remember("key", Source("old"), Policy(keep=50))
    clock.now += 50
    with pytest.raises(NotRemembered):
        await memory.remember("key", Source("new"), POLICY, "offline")


async def test_fresh_asks_again_and_overwrites(memory: Memory) -> None:
    source = Source("old", "new", Unavailable("down"))
    await memory.remember("key", source, POLICY)
    assert await memory.remember("key", source, POLICY, "fresh") == Remembered("new")
    with pytest.raises(Unavailable):
        await memory.remember("key", source, POLICY, "fresh")
    assert await memory.remember("key", source, POLICY) == Remembered("new")


async def test_tasks_share_one_answer(memory: Memory) -> None:
    source = Source("one", "two")
    answers = await asyncio.gather(*(memory.remember("key", source, POLICY) for _ in range(20)))
    assert {answer.value for answer in answers} == {"one"}
    assert source.asked == 1


async def test_windows_share_one_answer(bucket: Bucket, other: Memory) -> None:
    """Both look at the same database; the second waits until the first has answered."""
    waits = asyncio.Event()

    async def pause(_seconds: float) -> None:
        waits.set()
        await asyncio.sleep(0)

    source, second, policy = Source("one"), Source("two"), Policy(patience=1000)
    source.gate = asyncio.Event()
    first = asyncio.create_task(Memory(bucket).remember("key", source, policy))
    await source.began.wait()
    waiting = asyncio.create_task(Memory(other.shelf, pause).remember("key", second, policy))
    await waits.wait()
    source.gate.set()
    assert [(await one).value for one in (first, waiting)] == ["one", "one"]
    assert second.asked == 0


async def test_a_window_does_not_wait_forever(bucket: Bucket, other: Memory, clock: Clock) -> None:
    memory, source = Memory(bucket, clock.sleep), Source("slow")
    source.gate = asyncio.Event()
    first = asyncio.create_task(memory.remember("key", source, POLICY))
    await source.began.wait()
    before = clock.now
    assert (await other.remember("key", Source("own"), POLICY)).value == "own"
    assert clock.now - before == pytest.approx(POLICY.patience, abs=0.1)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)


async def test_the_claim_of_who_crashed_ends(bucket: Bucket, other: Memory, clock: Clock) -> None:
    policy = Policy(lease=30, patience=60)
    assert bucket.claim(digest("key"), "crashed", policy.lease)
    before = clock.now
    assert (await other.remember("key", Source("own"), policy)).value == "own"
    assert clock.now - before == pytest.approx(30, abs=0.1)


async def test_who_is_cancelled_leaves_no_claim_behind(bucket: Bucket, clock: Clock) -> None:
    memory, source = Memory(bucket, clock.sleep), Source("never")
    source.gate = asyncio.Event()
    for turns in range(12):  # wherever it is by then
        task = asyncio.create_task(memory.remember(turns, source, POLICY))
        for _ in range(turns):
            await asyncio.sleep(0.0005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        for flight in list(memory._flights._flights.values()):
            await asyncio.gather(flight.task, return_exceptions=True)
        await asyncio.sleep(0)
    pending = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    await asyncio.gather(*pending, return_exceptions=True)
    assert all(bucket.claim(digest(turns), "next", 1) for turns in range(12))


async def test_a_stale_answer_is_asked_for_by_one_window(bucket: Bucket, other: Memory, clock: Clock) -> None:
    memory, source, second = Memory(bucket), Source("old", "new"), Source("new")
    await memory.remember("key", source, POLICY)
    clock.now += 500
    source.gate = asyncio.Event()
    await memory.remember("key", source, POLICY)
    await source.began.wait()
    assert (await other.remember("key", second, POLICY)).stale
    await settle(other)
    source.gate.set()
    await settle(memory)
    assert (source.asked, second.asked) == (2, 0)


async def test_closing_stops_what_is_asked_in_the_background(memory: Memory, clock: Clock) -> None:
    source = Source("old")
    await memory.remember("key", source, POLICY)
    clock.now += 500
    source.gate = asyncio.Event()
    await memory.remember("key", source, POLICY)
    await memory.close()
    assert not memory._refreshing


async def test_hits_stale_ones_and_misses_are_told_apart(bucket: Bucket, clock: Clock) -> None:
    memory, source = Memory(bucket), Source("value")
    for _ in range(3):
        await memory.remember("key", source, POLICY)
    clock.now += 500
    await memory.remember("key", source, POLICY)
    await settle(memory)
    stats = bucket.stats()
    assert (stats.hits, stats.stale, stats.misses) == (2, 1, 1)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "[" * 99999])
async def test_a_planted_failure_is_none(bucket: Bucket, text: str) -> None:
    bucket.write_failure(digest("key"), text, 100)
    assert (await Memory(bucket).remember("key", Source("fine"), POLICY)).value == "fine"


@pytest.mark.parametrize("value", [None, [], {"value": 1}, {"value": 1, "empty": 0, "more": 1}])
async def test_a_value_of_another_make_is_a_miss(bucket: Bucket, value: Any) -> None:
    bucket.put("key", value)
    assert (await Memory(bucket).remember("key", Source("fine"), POLICY)).value == "fine"


async def test_without_a_disk_everything_is_asked_and_nothing_fails(tmp_path: Path, reports: list[str]) -> None:
    (tmp_path / "file").write_text("")
    cache = Cache(tmp_path / "file", report=reports.append)
    source = Source("one", "two", Unavailable("down"))
    for name in ("first", "second"):
        memory = Memory(cache.bucket(name, 1))
        assert (await memory.remember("key", source, POLICY)).value in ("one", "two")
    with pytest.raises(Unavailable):
        await memory.remember("key", source, POLICY)
    cache.close()
    assert len(reports) == 1
    assert "nothing is remembered" in reports[0]


def test_a_session_keeps_the_newest_and_hands_out_copies(clock: Clock) -> None:
    shelf = SessionBucket(most=2, clock=clock)
    for number in range(3):
        shelf.put(number, [number])
    first, last = shelf.read(0), shelf.read(2)
    assert first is None
    assert last is not None
    last.value.append("changed")
    again = shelf.read(2)
    assert again is not None
    assert again.value == [2]
    assert shelf.clear() == 2
