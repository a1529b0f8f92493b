"""`python -m tests.bench.next_line FOLDER`: places in packages that no model of before 2025 has read, as JSON lines.

Each package was first published after 2024. Their wheels are fetched by pip and unpacked (wheels, since pip runs the
code of a source distribution to read its name); only this list and the seed are committed, not their code. The same
list, versions and seed give the same places. What is asked for is one whole statement of one line: the cursor stands
behind its indentation, and what follows it in the file is known.
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

PACKAGES = (
    "a2a-sdk==1.3.0",
    "ag-ui-protocol==1.0.0",
    "deepagents==0.7.32",
    "google-adk==2.13.0",
    "langextract==1.7.1",
    "openai-agents==0.24.0",
    "strands-agents==1.62.0",
    "trackio==0.43.0",
)
SEED = 20250101
SHORTEST, LONGEST = 8, 90  # characters of the line that is asked for
LEAST_BEFORE = 400  # characters: enough to see what the file is about
OPEN_FILES = 6


@dataclass(frozen=True, slots=True)
class Place:
    """A line to write: the text before and after it, the line without its indentation, and files beside it."""

    file: str
    line: int
    before: str
    expected: str
    after: str
    beside: tuple[str, ...] = ()


def main() -> int:
    """Fetch, unpack, choose, print."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.next_line", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("folder", type=Path, help="where the packages' code is kept; they are fetched into it")
    for place in places(parser.parse_args().folder, 60, 2_000):
        print(json.dumps(asdict(place)))
    return 0


def places(folder: Path, count: int, most_before: int) -> tuple[Place, ...]:
    """``count`` places, as many from each package, where at most ``most_before`` characters stand before."""
    roots = unpack(folder)
    chance = random.Random(SEED)
    each = [_in_package(root, chance, -(-count // len(roots)), most_before) for root in roots]
    return tuple(place for rows in zip(*each, strict=False) for place in rows)[:count]


def unpack(folder: Path) -> tuple[Path, ...]:
    """The folder of each package's code, fetched if it is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    roots = []
    for requirement in PACKAGES:
        root = folder / requirement
        if not root.exists():
            wheels = folder / f"{requirement}.wheel"
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:"]
            subprocess.run([*command, "-d", wheels, requirement], check=True, stderr=subprocess.DEVNULL)
            (wheel,) = wheels.glob("*.whl")
            zipfile.ZipFile(wheel).extractall(root)
        roots.append(root)
    return tuple(roots)


def _in_package(root: Path, chance: random.Random, count: int, most_before: int) -> list[Place]:
    files = sorted(file for file in root.rglob("*.py") if "test" not in file.as_posix() and file.name != "__init__.py")
    chance.shuffle(files)
    found = []
    for file in files:
        candidates = list(_candidates(file, root, most_before))
        if candidates:
            found.append(chance.choice(candidates))
        if len(found) == count:
            break
    return found


def _candidates(file: Path, root: Path, most_before: int) -> Iterator[Place]:
    text = file.read_text("utf-8", "replace").replace("\r\n", "\n")
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    lines = text.split("\n")
    beside = _beside(file, root)
    simple = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Expr, ast.Raise, ast.If, ast.For, ast.With)
    for node in ast.walk(tree):
        if not isinstance(node, simple) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            continue
        number = node.lineno - 1
        written = lines[number]
        expected = written.strip()
        last = node.body[0].lineno - 1 if isinstance(node, ast.If | ast.For | ast.With) else node.end_lineno
        above = "\n".join(lines[:number])
        if last != node.lineno or node.col_offset != len(written) - len(written.lstrip()):
            continue
        if SHORTEST <= len(expected) <= LONGEST and LEAST_BEFORE <= len(above) <= most_before:
            before = f"{above}\n{written[: node.col_offset]}"
            after = "\n" + "\n".join(lines[number + 1 :])
            yield Place(file.as_posix(), number, before, expected, after, beside)


def _beside(file: Path, root: Path) -> tuple[str, ...]:
    """The files that somebody who works on this one may have open: its neighbours, the nearest first."""

    def distance(other: Path) -> tuple[int, str]:
        return -len(_common(file.parts, other.parts)), other.as_posix()

    others = [one for one in root.rglob("*.py") if one != file and one.stat().st_size > 500]
    return tuple(one.as_posix() for one in sorted(others, key=distance)[:OPEN_FILES])


def _common(one: Sequence[str], other: Sequence[str]) -> list[str]:
    return [left for left, right in zip(one, other, strict=False) if left == right]


if __name__ == "__main__":
    sys.exit(main())
