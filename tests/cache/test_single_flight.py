"""Equal questions share an answer, an exception, and nobody's impatience."""

import asyncio

import pytest

from glossator_cache import SingleFlight


class Question:
    """Counts how often it was asked, and answers when told."""

    def __init__(self) -> None:
        self.asked = 0
        self.cancelled = 0
        self.answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def ask(self) -> str:
        """The answer, once it is there."""
        self.asked += 1
        try:
            return await asyncio.shield(self.answer)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise


async def test_equal_questions_are_asked_once() -> None:
    flights, question = SingleFlight[str](), Question()
    waiting = [asyncio.create_task(flights.run("key", question.ask)) for _ in range(3)]
    other = asyncio.create_task(flights.run("other", question.ask))
    await asyncio.sleep(0)
    question.answer.set_result("42")
    assert await asyncio.gather(*waiting, other) == ["42"] * 4
    assert question.asked == 2


async def test_once_answered_the_next_one_asks_again() -> None:
    flights, question = SingleFlight[str](), Question()
    question.answer.set_result("42")
    await flights.run("key", question.ask)
    await flights.run("key", question.ask)
    assert question.asked == 2


async def test_an_exception_reaches_everyone_and_is_not_remembered() -> None:
    flights, question = SingleFlight[str](), Question()
    waiting = [asyncio.create_task(flights.run("key", question.ask)) for _ in range(2)]
    await asyncio.sleep(0)
    question.answer.set_exception(OSError("no"))
    assert [type(one) for one in await asyncio.gather(*waiting, return_exceptions=True)] == [OSError, OSError]
    with pytest.raises(OSError, match="no"):
        await flights.run("key", question.ask)
    assert question.asked == 2


async def test_who_leaves_does_not_take_the_answer_along() -> None:
    flights, question = SingleFlight[str](), Question()
    impatient, patient = (asyncio.create_task(flights.run("key", question.ask)) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.sleep(0)
    question.answer.set_result("42")
    assert await patient == "42"
    assert impatient.cancelled()


async def test_the_last_who_leaves_stops_the_work() -> None:
    flights, question = SingleFlight[str](), Question()
    waiting = [asyncio.create_task(flights.run("key", question.ask)) for _ in range(2)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await asyncio.sleep(0)
    assert question.cancelled == 1
    question.answer.set_result("42")
    assert await flights.run("key", question.ask) == "42"
