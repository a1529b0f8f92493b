"""One large file of the hub into its cache, going on where an earlier pull was interrupted.

The hub's library (2.4) goes on within one download, and throws the beginning away when its process ends: an evening's
7 GB on a slow line. So what it would fetch is fetched by its own function into a file that stays, checked against the
SHA-256 that the hub gives, and put where the library looks before it fetches.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from filelock import FileLock

from glossator.errors import DownloadFailed
from glossator.models.hub import HubModel

BLOCK = 1 << 22


def partial_file(blob: Path) -> Path:
    """Where the beginning of a blob is kept."""
    return blob.with_name(f"{blob.name}.glossator-partial")


def fetch_blob(model: HubModel, name: str, blob: Path, size: int) -> None:
    """Fetch a file whose blob is named by its SHA-256; nothing happens if it is there.

    Raises:
        DownloadFailed: what arrived is not what the hub announced. Other errors are those of the hub's library.
    """
    from huggingface_hub import constants, hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers

    if size > constants.MAX_HTTP_DOWNLOAD_SIZE:
        return  # only the library's other way can
    blob.parent.mkdir(parents=True, exist_ok=True)
    partial = partial_file(blob)
    with FileLock(partial.with_suffix(".lock")):
        if blob.exists():
            return
        with partial.open("ab") as file:
            url = hf_hub_url(model.name, name, revision=model.revision)
            http_get(url, file, resume_size=file.tell(), headers=build_hf_headers(), expected_size=size)
        _check(partial, blob.name, name)
        partial.replace(blob)


def _check(partial: Path, expected: str, name: str) -> None:
    digest = hashlib.sha256()
    with partial.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    if digest.hexdigest() != expected:
        partial.unlink()
        what = f"The file {name} arrived damaged: its SHA-256 is not the one that the hub gives."
        raise DownloadFailed(what, "Pull it again; if it repeats, ask who runs your mirror or proxy.")
