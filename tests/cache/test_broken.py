"""A damaged database costs what was in it, and one sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

from glossator_cache import Answer, Bucket, Cache, Memory


def test_a_file_that_is_no_database_is_moved_aside(bucket: Bucket, reports: list[str]) -> None:
    bucket.directory.mkdir(parents=True)
    (bucket.directory / "cache.db").write_bytes(b"this is not a database, it is a sentence" * 100)
    assert bucket.get("key") is None
    assert bucket.put("key", "value")
    assert bucket.get("key") is not None
    assert (bucket.directory.with_name("answers-v1.broken") / "cache.db").read_bytes().startswith(b"this is not")
    assert len(reports) == 1
    assert "starts anew" in reports[0]


def test_damage_while_it_is_open_is_mended_too(bucket: Bucket, reports: list[str]) -> None:
    for number in range(50):
        bucket.put(number, "x" * 1000)
    bucket.close()
    database = bucket.directory / "cache.db"
    healthy = database.read_bytes()
    assert bucket.get(1) is not None
    # The header stays, so that opening works and only reading fails.
    database.write_bytes(healthy[:4096] + b"\xff" * (len(healthy) - 4096))
    assert [bucket.get(number) for number in range(50)][-1] is None  # the first ones may still be in memory
    assert bucket.put("key", "value")
    assert bucket.get("key") is not None
    assert len(reports) == 1


def test_a_second_process_finds_what_the_first_has_mended(bucket: Bucket, reports: list[str]) -> None:
    bucket.put("old", 1)
    bucket.close()
    second = Cache(bucket.directory.parent, report=reports.append)
    (bucket.directory / "cache.db").write_bytes(b"no database" * 1000)
    bucket.put("new", 2)
    entry = second.bucket("answers", 1).get("new")
    second.close()
    assert entry is not None
    assert len(reports) == 1


async def test_what_is_asked_meanwhile_is_answered(bucket: Bucket, reports: list[str]) -> None:
    async def ask() -> Answer:
        return Answer("asked")

    for content in (b"no database" * 1000, b""):
        bucket.close()
        for file in bucket.directory.glob("*"):
            file.unlink()
        bucket.directory.mkdir(parents=True, exist_ok=True)
        (bucket.directory / "cache.db").write_bytes(content)
        assert (await Memory(bucket).remember("key", ask)).value == "asked"
        assert bucket.read("key") is not None
    assert len(reports) == 1


def test_other_buckets_do_not_suffer(cache: Cache, bucket: Bucket) -> None:
    cache.bucket("healthy", 1).put("key", "value")
    bucket.directory.mkdir(parents=True)
    (bucket.directory / "cache.db").write_bytes(b"no database" * 1000)
    bucket.get("key")
    assert cache.bucket("healthy", 1).get("key") is not None


@pytest.mark.parametrize("content", [b"", b"\0" * 10])
def test_an_empty_or_cut_file_is_no_obstacle(bucket: Bucket, content: bytes) -> None:
    bucket.directory.mkdir(parents=True)
    (bucket.directory / "cache.db").write_bytes(content)
    assert bucket.put("key", "value")
    assert bucket.get("key") is not None


def test_what_was_moved_aside_before_makes_room(bucket: Bucket, tmp_path: Path) -> None:
    for sign in (b"1", b"2"):
        bucket.close()
        bucket.directory.mkdir(parents=True, exist_ok=True)
        for side in bucket.directory.glob("cache.db-*"):
            side.unlink()
        (bucket.directory / "cache.db").write_bytes(sign * 5000)
        assert bucket.put("key", "value")
    assert [path.name for path in bucket.directory.parent.glob("*.broken")] == ["answers-v1.broken"]


FULL = """
import resource, signal, sys
from glossator_cache import Cache

said = []
cache = Cache(sys.argv[1], report=said.append)
bucket = cache.bucket("answers", 1)
assert bucket.put("early", "value")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
kept = [bucket.put(number, "x" * 50_000) for number in range(20)]
other = cache.bucket("others", 1).put("key", "x" * 500_000)
print(kept[0], kept[-1], other, bucket.get("early").value, len(said), said[0])
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(bucket.put("late", "value"), bucket.get("late").value)
cache.close()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files to set")
def test_where_nothing_fits_any_more_nothing_is_remembered_and_it_is_said_once(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", FULL, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.stderr == ""
    first, second = done.stdout.splitlines()
    assert first.startswith("True False False value 1 The cache ")
    assert "nothing is remembered" in first
    assert second == "True value"


@pytest.mark.skipif(not Path("/proc").exists(), reason="no file system here that nobody can write to, root included")
def test_where_nothing_can_be_written_nothing_is_remembered_and_it_is_said_once(reports: list[str]) -> None:
    cache = Cache("/proc/cache", report=reports.append)
    for bucket in (cache.bucket("answers", 1), cache.bucket("others", 1)):
        assert not bucket.put("key", "value")
        assert bucket.get("key") is None
        assert bucket.clear() == 0
        assert bucket.stats().entries == 0
    cache.close()
    assert len(reports) == 1
