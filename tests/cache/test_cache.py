"""What a bucket remembers, for how long, and where."""

import stat
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from glossator_cache import Bucket, Cache, Entry, NotPlain, Stats
from glossator_cache.bucket import COUNTS_AT_ONCE
from tests.cache.clock import Clock


@pytest.mark.parametrize(
    "value",
    [None, True, 0, -1.5, "", "ünï\0\r\n🎉", "\ud800", [], {}, {"a": [1, {"b": None}]}, 2**80],
    ids=lambda value: type(value).__name__,
)
def test_what_was_put_comes_back(bucket: Bucket, value: Any) -> None:
    assert bucket.put(["question", 1], value)
    entry = bucket.get(["question", 1])
    assert entry is not None
    assert (entry.value, type(entry.value)) == (value, type(value))


@pytest.mark.parametrize(
    "value",
    [(1, 2), {1: "a"}, {"a": {1}}, b"bytes", float("nan"), object(), Path("x")],
    ids=lambda value: type(value).__name__,
)
def test_what_would_come_back_as_something_else_is_refused(bucket: Bucket, value: Any) -> None:
    with pytest.raises(NotPlain):
        bucket.put("key", value)
    assert bucket.get("key") is None


def test_other_keys_buckets_and_versions_are_misses(cache: Cache, bucket: Bucket) -> None:
    bucket.put("key", "value")
    assert bucket.get("Key") is None
    assert cache.bucket("answers", 2).get("key") is None
    assert cache.bucket("questions", 1).get("key") is None
    assert cache.bucket("answers", 1).get("key") is not None


def test_another_process_later_finds_it(bucket: Bucket) -> None:
    bucket.put("key", "value")
    later = Cache(bucket.directory.parent)
    entry = later.bucket("answers", 1).get("key")
    later.close()
    assert entry is not None
    assert entry.value == "value"


def test_a_value_that_is_too_old_is_a_miss_for_whom_it_is_too_old(bucket: Bucket, clock: Clock) -> None:
    bucket.put("key", "value")
    clock.now += 20
    assert bucket.get("key", max_age=10) is None
    assert bucket.get("key") == Entry("value", 20)


def test_a_value_that_expired_is_gone_and_can_be_swept(bucket: Bucket, clock: Clock) -> None:
    bucket.put("short", 1, keep=10)
    bucket.put("long", 2, keep=60)
    clock.now += 20
    assert bucket.get("short") is None
    assert bucket.get("long") == Entry(2, 20)
    assert bucket.expire() == 1
    assert bucket.stats().entries == 1


def test_nothing_grows_older_than_the_age_limit(tmp_path: Path, clock: Clock) -> None:
    with closing(Cache(tmp_path, age_limit=100, clock=clock)) as cache:
        bucket = cache.bucket("answers", 1)
        bucket.put("key", "value", keep=1000)
        bucket.put("brief", "value", keep=10)
        clock.now += 99
        assert (bucket.get("key"), bucket.get("brief")) == (Entry("value", 99), None)
        clock.now += 1
        assert bucket.get("key") is None


def test_an_age_limit_holds_for_what_was_stored_without_it(bucket: Bucket, cache: Cache, clock: Clock) -> None:
    bucket.put("key", "value")
    clock.now += 100
    with closing(Cache(cache.directory, age_limit=100, clock=clock)) as strict:
        assert strict.bucket("answers", 1).get("key") is None
    assert bucket.get("key") == Entry("value", 100)


def test_deleting_and_clearing(cache: Cache, bucket: Bucket) -> None:
    bucket.put("a", 1)
    bucket.put("b", 2)
    assert (bucket.delete("a"), bucket.delete("a")) == (True, False)
    cache.bucket("answers", 2).put("c", 3)
    again = Cache(cache.directory)
    assert again.clear() == 2
    again.close()
    assert {name: stats.entries for name, stats in cache.stats().items()} == {"answers-v1": 0, "answers-v2": 0}


def test_statistics_count_for_all_processes(bucket: Bucket, cache: Cache, clock: Clock) -> None:
    bucket.put("a", 1)
    clock.now += 5
    bucket.put("b", 1)
    with closing(Cache(cache.directory, clock=clock)) as earlier:
        earlier.bucket("answers", 1).get("a")
    bucket.get("a")
    bucket.get("c")
    bucket.get("a", max_age=-1)
    stats = bucket.stats()
    assert (stats.entries, stats.hits, stats.misses, stats.stale, stats.oldest) == (2, 2, 2, 0, 5)
    assert stats.bytes > 0
    bucket.clear()
    assert replace(bucket.stats(), bytes=0) == Stats()


def test_counting_is_written_now_and_then(bucket: Bucket, cache: Cache) -> None:
    for _ in range(COUNTS_AT_ONCE + 1):
        bucket.get("a")
    with closing(Cache(cache.directory)) as other:
        assert other.bucket("answers", 1).stats().misses == COUNTS_AT_ONCE


def test_a_bucket_keeps_to_its_size(tmp_path: Path) -> None:
    cache = Cache(tmp_path, size_limit=200_000)
    bucket = cache.bucket("small", 1)
    for number in range(200):
        assert bucket.put(number, "x" * 5_000)
    size, newest, oldest = bucket.stats().bytes, bucket.get(199), bucket.get(0)
    cache.close()
    assert size <= 250_000
    assert newest is not None
    assert oldest is None


def test_one_value_cannot_push_out_all_others(tmp_path: Path) -> None:
    cache = Cache(tmp_path, size_limit=200_000)
    assert not cache.bucket("small", 1).put("key", "x" * 60_000)
    cache.close()


def test_only_this_user_can_read_it(bucket: Bucket) -> None:
    bucket.put("key", "value")
    assert stat.S_IMODE(bucket.directory.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(bucket.directory.stat().st_mode) == 0o700
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in bucket.directory.iterdir()}
    assert modes == {"cache.db": 0o600, "cache.db-wal": 0o600, "cache.db-shm": 0o600}


@pytest.mark.parametrize("name", ["", "Answers", "../x", "a b", "a/b", "-a"])
def test_a_bucket_needs_a_plain_name(cache: Cache, name: str) -> None:
    with pytest.raises(ValueError, match="no bucket's name"):
        cache.bucket(name, 1)
