"""Rows that we did not write: none of them runs, opens or removes anything."""

import pickle
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import diskcache
import pytest

from glossator_cache import Bucket, Cache, digest


class Payload:
    """Makes a file when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.target,)


def test_the_payload_of_these_tests_does_run_where_nothing_stops_it(tmp_path: Path) -> None:
    with diskcache.Cache(str(tmp_path), disk=diskcache.JSONDisk) as unguarded:
        unguarded["key"] = "value"
        plant(tmp_path, "mode = 4, filename = NULL, value = ?", pickle.dumps(Payload(tmp_path / "proof")))
        with pytest.raises(TypeError):  # after it has run, zlib finds no bytes to decompress
            unguarded["key"]
    assert (tmp_path / "proof").exists()


@pytest.mark.parametrize("mode", [1, 2, 3, 4])
def test_a_planted_pickle_does_not_run_and_is_dropped(bucket: Bucket, tmp_path: Path, mode: int) -> None:
    bucket.put("key", "value")
    plant(bucket.directory, "mode = ?, value = ?", mode, pickle.dumps(Payload(tmp_path / "proof")))
    assert bucket.get("key") is None
    assert not (tmp_path / "proof").exists()
    assert bucket.stats().entries == 0


def test_a_planted_pickle_in_a_file_does_not_run(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put("key", "value")
    (bucket.directory / "planted.val").write_bytes(pickle.dumps(Payload(tmp_path / "proof")))
    plant(bucket.directory, "mode = 4, value = NULL, filename = 'planted.val'")
    assert bucket.get("key") is None
    assert not (tmp_path / "proof").exists()


def test_a_planted_pickled_key_does_not_run(bucket: Bucket, tmp_path: Path) -> None:
    bucket.put("key", "value")
    plant(bucket.directory, "raw = 0, key = ?", pickle.dumps(Payload(tmp_path / "proof")))
    assert bucket.get("key") is None
    assert bucket.clear() == 1
    assert not (tmp_path / "proof").exists()


@pytest.mark.parametrize("mode", [2, 3])
def test_a_planted_file_name_is_neither_read_nor_removed(bucket: Bucket, tmp_path: Path, mode: int) -> None:
    secret = tmp_path / "secret"
    secret.write_text('[0, "secret"]')
    bucket.put("key", "value")
    plant(bucket.directory, "mode = ?, value = NULL, filename = '../../secret'", mode)
    assert bucket.get("key") is None
    bucket.clear()
    assert secret.exists()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "[1]", '["then", 1]', "[null, 1]", "[[], 1]", "7", "[NaN, 1]", "[1, 2, 3, 4]", "[" * 9999]
)
def test_text_that_is_no_entry_is_a_miss_and_dropped(bucket: Bucket, text: str) -> None:
    bucket.put("key", "value")
    plant(bucket.directory, "value = ?", text)
    assert bucket.get("key") is None
    assert bucket.stats().entries == 0


def test_planted_settings_are_not_obeyed(bucket: Bucket, reports: list[str]) -> None:
    bucket.put("key", "value")
    bucket.close()
    with closing(sqlite3.connect(bucket.directory / "cache.db")) as connection, connection:
        connection.execute("INSERT INTO Settings VALUES ('disk_fetch', 'x')")
    assert bucket.get("key") is None
    assert bucket.put("key", "value")
    assert len(reports) == 1


def test_values_stay_inside_the_database_whatever_its_settings_say(bucket: Bucket, cache: Cache) -> None:
    bucket.put("key", "value")
    bucket.close()
    with closing(sqlite3.connect(bucket.directory / "cache.db")) as connection, connection:
        connection.execute("UPDATE Settings SET value = 0 WHERE key = 'disk_min_file_size'")
    assert bucket.put("large", "x" * 1_000_000)
    assert not list(bucket.directory.rglob("*.val"))


def plant(directory: Path, assignment: str, *values: Any) -> None:
    """Change every row of the database behind the library's back."""
    with closing(sqlite3.connect(directory / "cache.db")) as connection, connection:
        assert connection.execute(f"UPDATE Cache SET {assignment}", values).rowcount == 1


def test_plain_text_is_what_stands_on_disk(bucket: Bucket) -> None:
    bucket.put("key", {"a": 1})
    with closing(sqlite3.connect(bucket.directory / "cache.db")) as connection:
        ((key, raw, mode, filename, value),) = connection.execute("SELECT key, raw, mode, filename, value FROM Cache")
    assert (key, raw, mode, filename) == (digest("key"), 1, 1, None)
    assert value.endswith('{"a": 1}]')


def test_the_cache_is_unusable_where_its_folder_is_a_file(tmp_path: Path, reports: list[str]) -> None:
    (tmp_path / "file").write_text("")
    bucket = Cache(tmp_path / "file", report=reports.append).bucket("answers", 1)
    assert bucket.get("key") is None
    assert not bucket.put("key", "value")
    assert bucket.stats().entries == 0
    assert len(reports) == 1
