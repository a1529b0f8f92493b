"""``FILE:LINE:COL`` as the user writes it, to a snapshot and a target."""

from __future__ import annotations

import io
import re
import sys
import tokenize
from dataclasses import dataclass
from pathlib import Path

from glossator.errors import Problem, WrongUse
from glossator.syntax.grammars import language_of
from glossator.text import Position, Snapshot, Span

_TARGET = re.compile(r"(?P<file>.+?)(?::(?P<line>\d+)(?::(?P<column>\d+)|-(?P<last>\d+))?)?")
_WORKSPACE_SIGNS = ("glossator.toml", "pyproject.toml", ".git", ".venv", "setup.py")


@dataclass(frozen=True, slots=True)
class Document:
    """A file as it was read, the place asked about, the workspace it belongs to, and what to say about reading it."""

    snapshot: Snapshot
    target: Position | Span | None
    root: Path
    problems: tuple[Problem, ...] = ()


def read_document(target: str, unsaved: bool = False) -> Document:
    """Read the file of a target, or, if ``unsaved``, its text from standard input.

    Raises:
        WrongUse: there is no such file, it is no text, or the place is outside it.
    """
    path, numbers = _split(target)
    data = sys.stdin.buffer.read() if unsaved else _read(path)
    text, problems = _decode(data, path)
    if not text.strip() and not unsaved:
        raise WrongUse(f"{path} is empty.", "Ask about a file with code in it.")
    snapshot = Snapshot(path.resolve().as_uri(), language_of(path.suffix), text)
    return Document(snapshot, _place(snapshot, numbers), workspace_of(path.resolve()), problems)


def require_position(document: Document) -> Position:
    """The place as a single position.

    Raises:
        WrongUse: the target has no column.
    """
    if isinstance(document.target, Position):
        return document.target
    raise WrongUse("A completion needs a line and a column.", "Write FILE:LINE:COL, both from 1.")


def workspace_of(path: Path) -> Path:
    """The nearest folder above that looks like a project's root, else the one that holds the file's whole package, for
    ``from ..`` reaches that far, else the file's own."""
    holding = next((one for one in path.parents if not (one / "__init__.py").is_file()), path.parent)
    return next((one for one in path.parents if any((one / sign).exists() for sign in _WORKSPACE_SIGNS)), holding)


def _split(target: str) -> tuple[Path, dict[str, int]]:
    if Path(target).exists():
        return Path(target), {}
    match = _TARGET.fullmatch(target)
    assert match is not None or not target
    if match is None:
        raise WrongUse("No file was named.", "Write FILE, FILE:LINE, FILE:LINE:COL or FILE:FIRST-LAST.")
    numbers = {name: int(value) for name, value in match.groupdict().items() if name != "file" and value}
    return Path(match["file"]), numbers


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except IsADirectoryError:
        raise WrongUse(f"{path} is a folder.", "Name a file in it.") from None
    except FileNotFoundError:
        raise WrongUse(f"There is no file {path}.", "Check the name and the folder you are in.") from None
    except OSError as error:
        if path.is_dir():
            raise WrongUse(f"{path} is a folder.", "Name a file in it.") from None
        raise WrongUse(f"{path} cannot be read: {error.strerror}.", "Check its permissions.") from None


def _decode(data: bytes, path: Path) -> tuple[str, tuple[Problem, ...]]:
    """UTF-8, else what the file says of itself (PEP 263), else Latin-1, which always works; that is then said."""
    if b"\0" in data[:8192]:
        raise WrongUse(f"{path} is a binary file.", "Name a file with text.")
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        pass
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding), ()
    except (SyntaxError, UnicodeDecodeError, LookupError):
        problem = Problem(f"{path.name} is not UTF-8; it was read as Latin-1.", "Save it as UTF-8 to be certain.")
        return data.decode("latin-1"), (problem,)


def _place(snapshot: Snapshot, numbers: dict[str, int]) -> Position | Span | None:
    if "line" not in numbers:
        return None
    line = numbers["line"] - 1
    if "column" in numbers:
        place = Position(line, numbers["column"] - 1)
        snapshot.offset(place)
        return place
    last = numbers.get("last", line + 1) - 1
    snapshot.offset(Position(line, 0))
    snapshot.offset(Position(last, 0))
    if last < line:
        raise WrongUse(f"Line {last + 1} comes before line {line + 1}.", "Write FILE:FIRST-LAST.")
    return Span(Position(line, 0), Position(last, len(snapshot.line(last))))
