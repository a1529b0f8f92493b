"""What an index is of: one version of a distribution, the key that tells it from another, and its files.

The key is name, version, and what the version consists of: the digest of ``RECORD``, or, where files may change under
the same version (installed from a folder, or without ``RECORD``), the time of the newest.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import platformdirs

from glossator.resolve.distributions import Installed, normal

FORMAT = 1  # of the database: another number, another file
PYTHON = "python"
LARGEST_FILE = 2_000_000
# Of the standard library: programs, what is deprecated, and what the language topics have.
_NOT_ASKED_FOR = {"idlelib", "lib2to3", "turtledemo", "distutils", "ensurepip", "pydoc_data"}
_SKIPPED = {"test", "tests", "_vendor", "__pycache__", "site-packages", "dist-packages"}
_NO_PACKAGES = _SKIPPED | {"build", "dist", "docs", "doc", "examples", "node_modules"}
_LIBRARIES = ("lib/python3.*", "lib64/python3.*", "Lib")


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of a distribution on this machine. ``folder`` is where its modules are; ``information`` its metadata
    folder, empty for the standard library; ``stubs`` are folders whose ``.pyi`` stand in for modules without source."""

    name: str
    version: str
    stamp: str
    folder: str
    information: str = ""
    stubs: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        """The index's file, another one for whatever is another edition."""
        spelled = re.sub(r"[^\w.+-]", "_", f"{normal(self.name)}-{self.version}")[:120]
        return f"{spelled}-{self.stamp}.v{FORMAT}.sqlite"

    @property
    def label(self) -> str:
        """As it is shown."""
        return f"{'Python' if self.name == PYTHON else self.name} {self.version}"

    def to_json(self) -> str:
        """One line for another process."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Edition:
        """What ``to_json`` wrote."""
        written = json.loads(line)
        return cls(**{**written, "stubs": tuple(written["stubs"])})


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read, and the module that it is."""

    path: Path
    module: str


def edition(installed: Installed, name: str) -> Edition | None:
    """The edition of a distribution that an environment has; ``python`` is its standard library."""
    if name == PYTHON:
        return _standard_library(installed)
    information = installed.information(name)
    found = installed.distribution_in(information) if information is not None else None
    if information is None or found is None:
        return None
    record = information / "RECORD"
    try:
        status = record.stat()
        stamp = "" if _is_editable(information) else f"r{_digest(record, status.st_mtime_ns, status.st_size)}"
    except OSError:
        stamp = ""
    folder = information.parent
    bare = Edition(found.name, found.version, stamp, str(folder), str(information))
    if stamp:
        return bare
    times = [one.path.stat().st_mtime_ns for one in files(bare) if one.path.is_file()]
    return Edition(found.name, found.version, f"m{max(times, default=0):x}", str(folder), str(information))


def files(one: Edition) -> tuple[SourceFile, ...]:
    """The Python files of an edition, without tests and what is not its own; a ``.pyi`` where there is no ``.py``."""
    if not one.information:
        return tuple(_library_files(one))
    information = Path(one.information)
    if _is_editable(information):
        roots = _editable_roots(information)
        found = [path for root in roots for top in _packages(root) for path in _walk(top)]
        return _chosen(found, roots)
    recorded = _recorded(information)
    if recorded is None:
        tops = [Path(one.folder, name) for name in _top_levels(information, one.name)]
        recorded = [path for top in tops for path in _walk(top)]
    return _chosen(recorded, [Path(one.folder)])


def description(one: Edition) -> str:
    """The long description in a distribution's metadata: its README, as a rule."""
    if not one.information:
        return ""
    try:
        text = Path(one.information, "METADATA").read_text("utf-8", "replace")
    except OSError:
        return ""
    return text.partition("\n\n")[2]


def _standard_library(installed: Installed) -> Edition | None:
    """The library of the interpreter behind the environment, and what ty's stubs say of modules without source."""
    base = installed.environment
    try:
        for line in (base / "pyvenv.cfg").read_text("utf-8").splitlines():
            key, _, value = line.partition("=")
            if key.strip() == "home":
                base = Path(value.strip()).parent
    except OSError:
        pass
    minor = ".".join(installed.python.split(".")[:2])
    folders = [folder for pattern in _LIBRARIES for folder in base.glob(pattern) if (folder / "os.py").is_file()]
    folder = next((one for one in folders if one.name.endswith(minor)), folders[0] if folders else None)
    if folder is None:
        return None
    stubs = sorted(platformdirs.user_cache_path("ty").glob("vendored/typeshed/*/stdlib"))[-1:]
    seen = f"{folder.resolve()} {(folder / 'os.py').stat().st_mtime_ns} {[one.parent.name for one in stubs]}"
    stamp = f"s{hashlib.sha256(seen.encode()).hexdigest()[:12]}"
    return Edition(PYTHON, installed.python, stamp, str(folder), "", tuple(str(one) for one in stubs))


def _library_files(one: Edition) -> Iterator[SourceFile]:
    folder = Path(one.folder)
    own = [one for one in _chosen(_walk(folder), [folder]) if one.module.partition(".")[0] not in _NOT_ASKED_FOR]
    yield from own
    known = {source.module for source in own}
    for stubs in one.stubs:
        for source in _chosen(_walk(Path(stubs)), [Path(stubs)]):
            top = source.module.partition(".")[0]
            if source.module not in known and top not in _NOT_ASKED_FOR and not top.startswith("_"):
                yield source


def _recorded(information: Path) -> list[Path] | None:
    try:
        record = (information / "RECORD").read_text("utf-8", "replace")
    except OSError:
        return None
    names = (line.split(",")[0].strip('"') for line in record.splitlines())
    return [information.parent / name for name in names if name.endswith((".py", ".pyi")) and ".." not in name]


def _chosen(paths: Sequence[Path] | Iterator[Path], roots: Sequence[Path]) -> tuple[SourceFile, ...]:
    """Each module once, in order; stubs give way to source."""
    found: dict[str, Path] = {}
    for path in sorted(paths, key=lambda path: (path.suffix == ".pyi", path)):
        root = next((root for root in roots if path.is_relative_to(root)), None)
        relative = path.relative_to(root) if root else path
        if root is None or _SKIPPED & {*relative.parts[:-1]} or path.name.startswith(("test_", "conftest")):
            continue
        parts = [*relative.parts[:-1], path.stem]
        parts[0] = parts[0].removesuffix("-stubs")
        module = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
        if all(part.isidentifier() for part in module.split(".")):
            found.setdefault(module, path)
    return tuple(SourceFile(path, module) for module, path in found.items())


def _walk(top: Path) -> Iterator[Path]:
    if top.suffix in {".py", ".pyi"}:
        yield top
        return
    for path in sorted(top.iterdir()) if top.is_dir() else ():
        if path.is_dir():
            if path.name not in _SKIPPED and not path.name.startswith(".") and not path.is_symlink():
                yield from _walk(path)
        elif path.suffix in {".py", ".pyi"} and path.is_file():
            yield path


def _top_levels(information: Path, name: str) -> list[str]:
    """What an installer without ``RECORD`` left word of; else what most packages are called."""
    try:
        named = (information / "top_level.txt").read_text("utf-8", "replace").split()
    except OSError:
        named = [normal(name).replace("-", "_")]
    return [spelled for one in named for spelled in (one, f"{one}.py")]


def _packages(root: Path) -> list[Path]:
    """The packages and modules directly in a folder of source."""
    inner = sorted(root.iterdir()) if root.is_dir() else []
    return [
        path
        for path in inner
        if ((path / "__init__.py").is_file() and path.name not in _NO_PACKAGES)
        or (path.suffix == ".py" and path.stem not in {"setup", "conftest", "noxfile"})
    ]


def _editable_roots(information: Path) -> list[Path]:
    """Where an editable distribution is imported from: what its ``.pth`` names, else ``src`` or all of it."""
    site = information.parent
    named: list[Path] = []
    for path in _pth_files(information):
        lines = path.read_text("utf-8", "replace").splitlines()
        named += [site / line.strip() for line in lines if line.strip() and not line.startswith(("import", "#"))]
    if any(folder.is_dir() for folder in named):
        return [folder for folder in named if folder.is_dir()]
    address = urlsplit(str(_direct_url(information).get("url", "")))
    root = Path(unquote(address.path)) if address.scheme == "file" else site / "nowhere"
    return [root / "src"] if (root / "src").is_dir() else [root]


def _pth_files(information: Path) -> list[Path]:
    try:
        record = (information / "RECORD").read_text("utf-8", "replace")
    except OSError:
        return []
    names = (line.split(",")[0] for line in record.splitlines())
    return [path for name in names if name.endswith(".pth") and (path := information.parent / name).is_file()]


def _is_editable(information: Path) -> bool:
    told = _direct_url(information).get("dir_info")
    return isinstance(told, dict) and bool(told.get("editable"))


def _direct_url(information: Path) -> dict[str, object]:
    try:
        written = json.loads((information / "direct_url.json").read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return written if isinstance(written, dict) else {}


@lru_cache(maxsize=256)
def _digest(file: Path, _modified: int, _size: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]
