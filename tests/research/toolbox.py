"""An installed package for the index: several docstring styles, and files that no index may stumble over."""

from __future__ import annotations

import hashlib
from pathlib import Path

TOOLS = '''"""Tools for wood."""

from typing import overload


class Saw:
    """Cuts wood along a line."""

    class Blade:
        """What wears off. Replace it when it is blunt."""

        def sharpen(self, angle: float = 25.0, *, by_hand: bool = False) -> "Saw.Blade":
            """Make the blade sharp again.

            Parameters
            ----------
            angle : float
                The angle between the blade and the stone.
            """

    def cut(
        self,
        board,  # the board
        length: int = 10,
    ):
        """Cut a board in two.

        Args:
            board: What is cut.
            length: Where, in centimetres from the left end.
        """

    def undocumented(self): pass

    def _private(self): pass

    @property
    def weight(self) -> float:
        """How heavy the saw is, in kilograms."""

    @weight.setter
    def weight(self, value):
        """Never indexed."""


@overload
def glueBoards(first: int) -> int: ...
@overload
def glueBoards(first: str) -> str: ...
def glueBoards(first):
    """Stick two boards together.

    :param first: The board below.
    """


try:
    import fast
except ImportError:
    def hammer(nail): "Drive a nail into wood."
'''
COMPILED = '''
from _fast import _add_docstr

_add_docstr(toolbox.drill, r"""
drill(wood, depth) -> Hole

Bore a round hole, {deep}.
""".format(deep="deep"))
add_newdoc("toolbox", "Plane", ("smooth", """Take a thin shaving off."""))
turn = _add_docstr(toolbox._C.turn, "Shape wood on a lathe.")
'''
ODD = '''
def NEAR(text):
    """He said "AND" OR NOT; it's 100% (really) * ^ : -- {odd} \\x00 NULL."""
'''
README = """Metadata-Version: 2.1
Name: toolbox
Version: {version}
Summary: Tools for wood

Everything for the shop.

# Safety

Wear goggles at all times.

```
# Not a heading
```

Storage
-------

Keep it dry.
"""


def install_toolbox(folder: Path, version: str = "1.0", more: int = 0) -> Path:
    """An environment with ``toolbox``, with so many further small modules; answers the environment's folder."""
    packages = folder / "environment" / "lib" / "python3.11" / "site-packages"
    package = packages / "toolbox"
    (package / "tests").mkdir(parents=True, exist_ok=True)
    texts = {
        "__init__": '"""A box of tools."""\nfrom toolbox.wood import Saw\nfrom .odd import *\n',
        "wood": TOOLS,
        "compiled": COMPILED,
        "odd": ODD,
        "broken": "def half(:\n",
        "empty": "",
        "null": "x = '\0'\n",
        "tests/test_wood": '"""Nobody asks for wood in tests."""\n',
        **{f"part{number}": f'def piece{number}():\n    """Piece number {number}."""\n' for number in range(more)},
    }
    for name, text in texts.items():
        (package / f"{name}.py").write_text(text, "utf-8")
    (package / "latin.py").write_bytes('"""Für Späne."""\n'.encode("latin-1"))
    (package / "huge.py").write_text('"""Too much."""\n' + "x = 1\n" * 400_000, "utf-8")
    (package / "stub.pyi").write_text('def glass() -> int:\n    """Only a stub says this."""\n', "utf-8")
    (package / "wood.pyi").write_text('class Never:\n    """The source says it."""\n', "utf-8")
    (packages / "bystander.py").write_text('"""Of another distribution."""\n', "utf-8")
    _record(packages, version)
    (folder / "environment" / "pyvenv.cfg").write_text("home = nowhere\nversion = 3.11.7\n", "utf-8")
    return folder / "environment"


def _record(packages: Path, version: str) -> None:
    for former in packages.glob("toolbox-*"):
        for file in former.iterdir():
            file.unlink()
        former.rmdir()
    information = packages / f"toolbox-{version}.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(README.format(version=version), "utf-8")
    files = sorted(path for path in (packages / "toolbox").rglob("*.py*") if path.is_file())
    lines = [f"{path.relative_to(packages).as_posix()},sha256={_digest(path)}," for path in files]
    (information / "RECORD").write_text("\n".join(lines) + "\n", "utf-8")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
