"""A bucket as one file: all of it or nothing, and nothing that is not an entry."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glossator_cache import BadFile, Bucket, Cache, Entry, Header, Imported, digest, export_bucket, import_bucket
from glossator_cache.transfer import HEADER_LENGTH, read_header
from tests.cache.clock import Clock

Change = Callable[[list[dict[str, Any]]], None]


@pytest.fixture
def exported(tmp_path: Path, clock: Clock) -> Path:
    """Three entries of another machine, the last one kept for 50 seconds more."""
    file = tmp_path / "answers.jsonl"
    with closing(Cache(tmp_path / "elsewhere", clock=clock)) as cache:
        bucket = cache.bucket("answers", 1)
        bucket.put("a", {"text": "ünï\ud800"})
        bucket.put("b", [1, None])
        bucket.put("c", "brief", keep=50)
        bucket.write_failure("name", "text", 100)
        assert export_bucket(bucket, file) == 3
    return file


def rewrite(file: Path, change: Change) -> None:
    """Change header and rows as somebody would who knows the format: with the right count and checksum."""
    header, *rows = (json.loads(line) for line in file.read_bytes().splitlines())
    lines = [header, *rows]
    change(lines)
    text = "".join(json.dumps(row) + "\n" for row in lines[1:]).encode()
    lines[0].setdefault("sha256", "")
    changed = {"rows": len(lines) - 1, "sha256": hashlib.sha256(text).hexdigest()}
    file.write_bytes(json.dumps({**lines[0], **changed}).ljust(HEADER_LENGTH).encode() + b"\n" + text)


def test_what_was_exported_is_there_after_the_import(bucket: Bucket, exported: Path, clock: Clock) -> None:
    clock.now += 30
    assert import_bucket(bucket, exported) == Imported(added=3, left=0)
    assert bucket.get("a") == Entry({"text": "ünï\ud800"}, pytest.approx(30))
    clock.now += 20
    assert bucket.get("b") == Entry([1, None], pytest.approx(50))
    assert bucket.get("c") is None
    assert bucket.failure("name") is None


def test_the_same_entries_make_the_same_file_for_this_user_alone(bucket: Bucket, exported: Path) -> None:
    import_bucket(bucket, exported)
    again = exported.with_name("again")
    export_bucket(bucket, again)
    assert again.read_bytes() == exported.read_bytes()
    assert stat.S_IMODE(again.stat().st_mode) == 0o600
    assert not list(exported.parent.glob(".*"))


def test_the_first_line_says_what_it_is(exported: Path) -> None:
    header = read_header(exported)
    rows = exported.read_bytes().split(b"\n", 1)[1]
    assert header == Header("answers", 1, 3, hashlib.sha256(rows).hexdigest())


def test_the_newer_of_two_stays(bucket: Bucket, exported: Path, clock: Clock) -> None:
    clock.now += 10
    bucket.put("a", "newer")
    assert import_bucket(bucket, exported) == Imported(added=2, left=1)
    assert import_bucket(bucket, exported) == Imported(added=0, left=3)
    assert bucket.get("a") == Entry("newer", 0)


def test_nothing_comes_from_the_future_or_outlives_the_age_limit(tmp_path: Path, exported: Path, clock: Clock) -> None:
    def later(lines: list[dict[str, Any]]) -> None:
        lasting = next(line for line in lines[1:] if line["expires_at"] is None)
        lasting["stored_at"] += 1_000_000

    rewrite(exported, later)
    with closing(Cache(tmp_path / "strict", age_limit=100, clock=clock)) as cache:
        bucket = cache.bucket("answers", 1)
        import_bucket(bucket, exported)
        assert [row.stored_at <= clock.now for row in bucket.rows()] == [True] * 3
        clock.now += 100
        assert list(bucket.rows()) == []
        assert import_bucket(bucket, exported) == Imported(added=1, left=2)  # the one from the future counts from now


def test_an_empty_bucket_travels_too(bucket: Bucket, tmp_path: Path) -> None:
    assert export_bucket(bucket, tmp_path / "file") == 0
    assert import_bucket(bucket, tmp_path / "file") == Imported(0, 0)


BAD: dict[str, tuple[Change, str]] = {
    "other format": (lambda lines: lines[0].update(format="x"), "was not exported from a cache"),
    "other library": (lambda lines: lines[0].update(library="2"), "another version of the library"),
    "other bucket": (lambda lines: lines[0].update(bucket="searches"), "holds searches of version 1"),
    "other version": (lambda lines: lines[0].update(version=2), "holds answers of version 2"),
    "no version": (lambda lines: lines[0].pop("version"), "first line that is not complete"),
    "true as version": (lambda lines: lines[0].update(version=True), "first line that is not complete"),
    "no name": (lambda lines: lines[2].pop("name"), "no entry of this cache in row 2"),
    "a path as name": (lambda lines: lines[2].update(name="../x"), "no entry of this cache in row 2"),
    "more fields": (lambda lines: lines[3].update(mode=4), "no entry of this cache in row 3"),
    "text as time": (lambda lines: lines[3].update(stored_at="1"), "no entry of this cache in row 3"),
    "not finite": (lambda lines: lines[3].update(stored_at=float("inf")), "no entry of this cache in row 3"),
    "not plain": (lambda lines: lines[3].update(value=[float("nan")]), "no entry of this cache in row 3"),
    "text as end": (lambda lines: lines[3].update(expires_at=[]), "no entry of this cache in row 3"),
    "no mapping": (lambda lines: lines.__setitem__(3, [1]), "no entry of this cache in row 3"),  # type: ignore[call-overload]
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_entry_is_refused_with_all_the_others(bucket: Bucket, exported: Path, name: str) -> None:
    change, words = BAD[name]
    rewrite(exported, change)
    refused(bucket, exported, words)


def test_a_value_that_the_bucket_would_not_take_is_refused(tmp_path: Path, exported: Path) -> None:
    rewrite(exported, lambda lines: lines[2].update(value="x" * 30_000))
    with closing(Cache(tmp_path / "small", size_limit=100_000)) as cache:
        refused(cache.bucket("answers", 1), exported, "in row 2")
        rewrite(exported, lambda lines: lines.extend([lines[1]] * 1000))
        refused(cache.bucket("answers", 1), exported, "is larger than the 100000 bytes")


@pytest.mark.parametrize("depth", [500, 200_000])
def test_deep_nesting_is_refused_or_taken_and_never_a_crash(bucket: Bucket, exported: Path, depth: int) -> None:
    lines = exported.read_bytes().splitlines(keepends=True)
    lines[2] = b'{"name": "x", "value": ' + b"[" * depth + b"]" * depth + b"}\n"
    exported.write_bytes(b"".join(lines))
    refused(bucket, exported, "in row 2")


def test_what_was_changed_cut_or_is_no_such_file_is_refused(bucket: Bucket, exported: Path) -> None:
    whole = exported.read_bytes()
    for content, words in [
        (whole.replace(b"brief", b"BRIEF"), "its checksum is another"),
        (whole[:-20], "is cut off, or too long, in row 3"),
        (whole[: whole[:-1].rindex(b"\n") + 1], "has 2 rows of 3"),
        (whole + b"\n", "no entry of this cache in row 4"),
        (whole[:100], "was not exported"),
        (b"", "was not exported"),
        (b"\x80\x04]\x94.", "was not exported"),
        (b"x" * 1_000_000, "was not exported"),
    ]:
        exported.write_bytes(content)
        refused(bucket, exported, words)
    exported.unlink()
    refused(bucket, exported, r"cannot be read \(No such file")
    refused(bucket, exported.parent, "cannot be read")


def test_where_nothing_can_be_written_it_is_said(tmp_path: Path, exported: Path) -> None:
    (tmp_path / "file").write_text("")
    bucket = Cache(tmp_path / "file", report=[].append).bucket("answers", 1)
    with pytest.raises(BadFile, match="cannot be written to now"):
        import_bucket(bucket, exported)


def test_an_export_that_fails_leaves_the_old_file(bucket: Bucket, exported: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(OSError, match="folder"):
        export_bucket(bucket, folder)
    assert [path.name for path in tmp_path.glob(".*")] == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_no_changed_byte_gets_in(bucket: Bucket, exported: Path, place: int, byte: int) -> None:
    """Whatever was changed, wherever: it is refused, or it was the padding, or means the same."""
    whole = exported.read_bytes()
    place %= len(whole)
    changed = whole[:place] + bytes([byte]) + whole[place + 1 :]
    file = exported.with_name("changed")
    file.write_bytes(changed)
    try:
        import_bucket(bucket, file)
    except BadFile:
        assert list(bucket.rows()) == []
    else:
        assert [row.name for row in bucket.rows()] == sorted(digest(key) for key in "abc")
    bucket.clear()


def refused(bucket: Bucket, file: Path, words: str) -> None:
    """Not imported, for this reason, in one sentence, and the bucket is as it was."""
    bucket.put("here", "before")
    with pytest.raises(BadFile, match=words) as caught:
        import_bucket(bucket, file)
    assert "\n" not in str(caught.value)
    assert [row.name for row in bucket.rows()] == [digest("here")]
