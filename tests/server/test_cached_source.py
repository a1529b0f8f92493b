"""A source that remembers: what is asked, what is stored and for how long, and what is not."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from glossator.errors import PartMissing, WrongUse
from glossator.explain.options import ExplainOptions
from glossator.explain.pipeline import ExplainTools, explain
from glossator.research.cached import BUCKET_NAME, BUCKET_VERSION, CachedSource, Terms
from glossator.research.evidence import Evidence, Partial, Query
from glossator.research.gather import gather
from glossator.research.scripted import ScriptedSource
from glossator.resolve.distributions import Installed
from glossator.resolve.scripted import ScriptedResolver
from glossator.text import Position, Snapshot
from glossator_cache import Cache, import_bucket
from tests.cache.clock import Clock

QUERY = Query(("generate",), "transformers.GenerationMixin.generate", "transformers.generation")
FOUND = Evidence("", "A question", "What generate does.", "web", "https://stackoverflow.com/a/1")
FOREVER = Terms("unlimited")


class Service(ScriptedSource):
    """Tells how often it was asked."""

    @property
    def count(self) -> int:
        return len(self.asked)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def cache(tmp_path: Path, clock: Clock) -> AsyncIterator[Cache]:
    with closing(Cache(tmp_path / "cache", clock=clock)) as cache:
        yield cache


def wrapped(source: Any, cache: Cache, terms: Terms = FOREVER, **options: Any) -> CachedSource:
    return CachedSource(source, cache, "service", terms, options)


async def test_what_was_found_is_remembered_with_its_age(cache: Cache, clock: Clock) -> None:
    service = Service([FOUND, FOUND])
    first = await wrapped(service, cache).search(QUERY)
    clock.now += 100
    (again, _) = await wrapped(service, cache).search(QUERY)  # another window, or another day
    assert service.count == 1
    assert again == replace(FOUND, age=100, retrieved_at=first[0].retrieved_at)
    assert again.retrieved_at.endswith("+00:00")


async def test_another_query_source_or_option_is_another_question(cache: Cache) -> None:
    service = Service([FOUND])
    for query in (QUERY, replace(QUERY, version="2"), replace(QUERY, terms=()), replace(QUERY, question="why")):
        await wrapped(service, cache).search(query)
    await wrapped(service, cache, language="de").search(QUERY)
    await CachedSource(service, cache, "other", FOREVER).search(QUERY)
    assert service.count == 6
    await wrapped(service, cache).search(replace(QUERY, question=" why\n"))
    assert service.count == 6


async def test_offline_replays_at_any_age_and_asks_nobody(cache: Cache, clock: Clock) -> None:
    service = Service([FOUND])
    source, offline = wrapped(service, cache), replace(QUERY, offline=True)
    with pytest.raises(PartMissing, match=r"Nothing is remembered .* Ask again without --offline"):
        await source.search(offline)
    await source.search(QUERY)
    clock.now += 1e9
    assert [one.age for one in await source.search(offline)] == [pytest.approx(1e9)]
    assert service.count == 1


async def test_fresh_asks_again_and_overwrites(cache: Cache) -> None:
    service = Service([FOUND])
    source = wrapped(service, cache)
    await source.search(QUERY)
    service.evidence = [replace(FOUND, text="Newer.")]
    await source.search(replace(QUERY, fresh=True))
    assert [one.text for one in await source.search(QUERY)] == ["Newer."]
    assert service.count == 2


# Asked twice; then by another window; then twice again the next day.
@pytest.mark.parametrize(
    ("terms", "counts"),
    [
        (Terms("none"), [2, 3, 5]),
        (Terms("session"), [1, 2, 3]),
        (Terms("ttl", 3600), [1, 1, 2]),
        (Terms("unlimited"), [1, 1, 1]),
    ],
)
async def test_terms_are_kept(cache: Cache, clock: Clock, terms: Terms, counts: list[int]) -> None:
    service, found = Service([FOUND]), []
    source, other = wrapped(service, cache, terms), wrapped(service, cache, terms)
    for days, asked in ((0, source), (0, source), (0, other), (2, source), (0, source)):
        clock.now += days * 86_400
        await asked.search(QUERY)
        found.append(service.count)
    assert [found[1], found[2], found[4]] == counts


async def test_what_may_not_be_stored_is_not_on_the_disk(cache: Cache) -> None:
    for terms in (Terms("none"), Terms("session")):
        await wrapped(Service([FOUND]), cache, terms).search(QUERY)
    assert cache.stats() == {}


async def test_that_there_is_nothing_is_asked_again_soon(cache: Cache, clock: Clock) -> None:
    service = Service([])
    source = wrapped(service, cache)
    for _ in range(3):
        assert await source.search(QUERY) == ()
    clock.now += 601
    await source.search(QUERY)
    assert service.count == 2


async def test_a_failure_is_repeated_without_asking_in_the_same_words(cache: Cache, clock: Clock) -> None:
    service = Service(error=PartMissing("The service has had enough.", "Wait."))
    source = wrapped(service, cache)
    for _ in range(3):
        with pytest.raises(PartMissing, match=r"The service has had enough\. Wait\."):
            await source.search(QUERY)
    assert service.count == 1
    clock.now += 46
    service.error = WrongUse("Another.")
    for _ in range(2):
        with pytest.raises(WrongUse):
            await source.search(QUERY)
    assert service.count == 3


async def test_who_was_told_to_wait_asks_nothing_else_of_that_service(cache: Cache, clock: Clock) -> None:
    error = PartMissing("Slow down.")
    error.retry_after = 300  # type: ignore[attr-defined]
    service = Service(error=error)
    source = wrapped(service, cache)
    for query in (QUERY, Query(("other",)), replace(QUERY, fresh=True)):
        with pytest.raises(PartMissing, match="Slow down"):
            await source.search(query)
    assert service.count == 1


async def test_a_part_is_shown_and_not_remembered(cache: Cache) -> None:
    service = Service(Partial([FOUND]))
    source = wrapped(service, cache)
    for _ in range(2):
        assert [one.text for one in await source.search(QUERY)] == [FOUND.text]
    assert service.count == 2


async def test_no_key_and_no_home_folder_is_stored(cache: Cache) -> None:
    with pytest.raises(ValueError, match="key of a service"):
        wrapped(Service(), cache, api_key="x")
    home = str(Path.home())
    told = replace(FOUND, text=f"It is in {home}/secret.")
    service = Service([told])
    source = wrapped(service, cache)
    for _ in range(2):
        assert (await source.search(replace(QUERY, question=f"{home}/x")))[0].text == told.text
    assert service.count == 2
    service.error = PartMissing(f"{home}/y is not there.")
    with pytest.raises(PartMissing, match=r"~/y is not there"):
        await source.search(QUERY)
    with closing(sqlite3.connect(cache.directory / "searches-v1/cache.db")) as connection:
        written = "\n".join(connection.iterdump())
    assert "CREATE TABLE" in written
    assert f"{home}/" not in written


@pytest.mark.parametrize(
    "value",
    [
        "text",
        ["text"],
        [{}],
        [{"title": 1, "text": "", "kind": "web", "url": "", "retrieved_at": ""}],
        [{"title": "x", "text": "", "kind": "web", "url": "javascript:alert(1)", "retrieved_at": ""}],
        [{"title": "x", "text": "", "kind": "web", "url": "", "retrieved_at": "", "id": "1"}],
    ],
)
async def test_a_row_of_another_make_is_not_shown_and_replaced(cache: Cache, value: Any) -> None:
    service = Service([FOUND])
    source = wrapped(service, cache)
    bucket = cache.bucket(BUCKET_NAME, BUCKET_VERSION)
    bucket.put(source._key(QUERY), {"value": value, "empty": False})
    assert await source.search(replace(QUERY, offline=True)) == ()
    for _ in range(2):
        assert [one.text for one in await source.search(QUERY)] == [FOUND.text]
    assert service.count == 1


async def test_a_warmed_cache_works_on_another_machine(cache: Cache, tmp_path: Path, clock: Clock) -> None:
    from glossator_cache import export_bucket

    await wrapped(Service([FOUND]), cache).search(QUERY)
    export_bucket(cache.bucket(BUCKET_NAME, BUCKET_VERSION), tmp_path / "file")
    with closing(Cache(tmp_path / "theirs", clock=clock)) as theirs:
        import_bucket(theirs.bucket(BUCKET_NAME, BUCKET_VERSION), tmp_path / "file")
        found = await wrapped(Service(), theirs).search(replace(QUERY, offline=True))
    assert [one.text for one in found] == [FOUND.text]


async def test_a_wrapper_is_named_as_what_it_wraps(cache: Cache) -> None:
    source = wrapped(Service(delay=60), cache)
    _, problems = await gather(QUERY, [source], deadline=0.01)
    assert [str(problem) for problem in problems] == ["service did not answer in 0.01 seconds. Ask again."]


async def test_the_options_of_an_explanation_reach_the_sources(cache: Cache, tmp_path: Path) -> None:
    service = Service([Evidence("", "global", "The global statement names what is in the module.", "topic")])
    tools = ExplainTools(ScriptedResolver(), Installed(tmp_path, tmp_path), (wrapped(service, cache),))
    snapshot = Snapshot("file:///x.py", "python", "global x\n")

    async def ask(**options: Any) -> tuple[int, int]:
        explanation = await explain(snapshot, Position(0, 0), tools, ExplainOptions("none", **options))
        return len(explanation.summary), len(explanation.problems)

    assert await ask(offline=True) == (0, 1)
    assert await ask() == (1, 0)
    assert await ask(offline=True) == (1, 0)
    assert service.count == 1
    assert await ask(fresh=True) == (1, 0)
    assert [(query.offline, query.fresh) for query in service.asked] == [(False, False), (False, True)]
