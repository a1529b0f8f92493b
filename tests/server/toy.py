"""A small installed package for the real symbol server to resolve names in."""

from __future__ import annotations

from pathlib import Path

MODULE = '''"""Toys to play with."""

import functools

LOAD_DOCSTRING = """
    strict (`bool`):
        Whether to complain.
"""


def add_documentation(*texts):
    def decorate(function):
        return function
    return decorate


class Base:
    """What toys have in common."""

    def describe(self, width: int = 80):
        """Describe the toy in words. Lines are cut at `width`.

        Args:
            width (`int`):
                How many letters a line has.
        """

    def to(self, room):
        """Carry the toy to another room."""
        return self


class Toy(Base):
    """A toy that rolls. It has wheels.

    Args:
        color (`str`):
            Its color:

            - `'red'`: Like a fire engine.
            - `'blue'`: Like the sky.
    """

    def __init__(self, color, *, wheels=4):
        """Build it.

        Args:
            wheels (`int`): How many wheels it has.
        """

    def describe(self, width=80):
        return super().describe(width)

    @functools.wraps(Base.describe)
    def tell(self, *args):
        return self.describe(*args)

    @staticmethod
    @add_documentation(LOAD_DOCSTRING)
    def load(path: str, strict=True) -> "Toy":
        """Load a toy from a file.

        Args:
            path (`str`): Where the file is.

        Returns:
            `Toy`: The toy in the file.
        """

    def lend_toy(self, return_date: str) -> int:
        """Lend the toy. A toy is returned in the evening.

        Args:
            return_date (`str`): When it comes home.

        Returns:
            `int`: How many toys are left.
        """

    def mirrored(self, returned: bool) -> "Toy":
        """Builds a toy that rolls backwards. That takes a while.

        Args:
            returned (`bool`): Whether the first toy is returned.
        """

    def undocumented(self): ...
'''
METADATA = """Metadata-Version: 2.1
Name: toys
Version: 1.2.3
Summary: Toys to play with
Project-URL: Documentation, https://toys.example/docs
"""


def install_toys(folder: Path) -> Path:
    """An environment with the package ``toys`` 1.2.3 in it; answers the environment's folder."""
    environment = folder / "environment"
    packages = environment / "lib" / "python3.11" / "site-packages"
    (packages / "toys").mkdir(parents=True)
    (packages / "toys" / "__init__.py").write_text(MODULE, "utf-8")
    information = packages / "toys-1.2.3.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(METADATA, "utf-8")
    (information / "RECORD").write_text("toys/__init__.py,,\n", "utf-8")
    (environment / "bin").mkdir()
    (environment / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.11.7\n", "utf-8")
    return environment
