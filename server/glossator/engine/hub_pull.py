"""Fetch a model or an adapter from the hub into its cache: configuration first, then weights, by the hub's library.

Its library, because mirrors (``HF_ENDPOINT``), tokens (``HF_TOKEN``, ``hf auth login``), proxies and where the cache
lies are then what they are for every other tool of the user. What was fetched in part goes on from there.

``python -m glossator.engine.hub_pull model|adapter NAME`` prints its progress, and an error as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path

from glossator.engine.state import describe_error
from glossator.errors import DownloadFailed, GlossatorError, ModelMissing, WrongUse
from glossator.models.adapters import CONFIGURATION, WEIGHTS, read_configuration
from glossator.models.hub import HubModel, hub_model
from glossator.models.progress import Progress, Report, to_line
from glossator.models.weights import pickled_files, read_header, safe_files

COMPANIONS = ("*.json", "*.txt", "*.model", "*.jinja", "README.md")
SAFE, PICKLED = ("model*.safetensors",), ("pytorch_model*.bin",)
POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Offered:
    """One file of a repository: its size in bytes, and the name under which the cache holds it, which for a ``large``
    one is its SHA-256."""

    name: str
    size: int
    blob: str
    large: bool


def pull_from_hub(model: HubModel, report: Report) -> Path:
    """Bring a model into the hub's cache; answers its folder there. What is there is not fetched again.

    Raises:
        DownloadFailed: it did not arrive whole; what arrived is kept, and the next pull goes on from there.
        ModelMissing: the repository has no weights that can be loaded.
        ModelUnavailable: it has, and would need code of its own to run them.
    """
    from glossator.engine.architecture import require_known
    from glossator.engine.hub_errors import hub_failures

    with hub_failures(model):
        report(Progress("Asking the hub"))
        offered = _offered(model)
        companions = [one for one in offered if any(fnmatch(one.name, pattern) for pattern in COMPANIONS)]
        folder = _fetch(model, companions, report, "Fetching configuration and tokenizer")
        require_known(model.name, folder)
        weights = _matching(offered, SAFE) or _matching(offered, PICKLED)
        if not weights:
            what = f"The repository {model.name} has neither safetensors nor pickled weights."
            raise ModelMissing(what, "Choose another model, or a revision that has them.")
        how = "Fetching weights" if _matching(offered, SAFE) else "Fetching weights (pickled; only tensors are read)"
        _fetch(model, weights, report, how)
        for file in _damaged(folder):
            _fetch(model, [one for one in weights if one.name == file.name], report, f"Fetching {file.name} anew", True)
        for file in safe_files(folder):
            read_header(file)
    return folder


def pull_adapter(adapter: HubModel, report: Report) -> Path:
    """Bring an adapter into the hub's cache: its two files and nothing else, the weights as safetensors where the
    repository has them. Answers its folder there.

    Raises:
        DownloadFailed: as for a model.
        WrongUse: the repository holds no adapter that the engine runs; its weights are not fetched then.
    """
    from glossator.engine.hub_errors import hub_failures

    with hub_failures(adapter):
        report(Progress("Asking the hub"))
        offered = _offered(adapter)
        told = _matching(offered, (CONFIGURATION,))
        weights = [one for name in WEIGHTS for one in _matching(offered, (name,))][:1]
        if not told or not weights:
            raise WrongUse(*_no_adapter(adapter, offered, CONFIGURATION if not told else " or ".join(WEIGHTS)))
        folder = _fetch(adapter, told, report, "Fetching its configuration")
        read_configuration(folder)
        safe = weights[0].name.endswith(".safetensors")
        how = "Fetching weights" if safe else "Fetching weights (pickled; they are read with weights_only=True)"
        _fetch(adapter, weights, report, how)
        if safe and not _is_whole(folder / weights[0].name):  # it lay in the cache
            _fetch(adapter, weights, report, f"Fetching {weights[0].name} anew", anew=True)
            read_header(folder / weights[0].name)
    return folder


def _no_adapter(adapter: HubModel, offered: Sequence[Offered], missing: str) -> tuple[str, str]:
    if _matching(offered, SAFE) or _matching(offered, PICKLED):
        return f"The repository {adapter.name} holds a model.", f"Run 'glossator models pull {adapter.name}' instead."
    what = f"The repository {adapter.name} has no {missing} in its first folder, so it holds no adapter of peft's."
    return what, "Choose another repository or revision."


def _offered(model: HubModel) -> tuple[Offered, ...]:
    from huggingface_hub import HfApi, constants

    patience = constants.HF_HUB_ETAG_TIMEOUT
    told = HfApi().model_info(model.name, revision=model.revision, timeout=patience, files_metadata=True).siblings or ()
    return tuple(
        Offered(one.rfilename, one.size or 0, (one.lfs.sha256 if one.lfs else one.blob_id) or "", bool(one.lfs))
        for one in told
        if "/" not in one.rfilename
    )


def _matching(offered: Sequence[Offered], patterns: Sequence[str]) -> list[Offered]:
    return [one for one in offered if any(fnmatch(one.name, pattern) for pattern in patterns)]


def _fetch(model: HubModel, files: Sequence[Offered], report: Report, message: str, anew: bool = False) -> Path:
    from huggingface_hub import snapshot_download

    from glossator.engine.hub_blob import fetch_blob

    with _watched(model, files, report, message):
        for one in files:
            if one.large and not anew:
                fetch_blob(model, one.name, model.repository / "blobs" / one.blob, one.size)
        folder = snapshot_download(
            model.name,
            revision=model.revision,
            allow_patterns=[one.name for one in files],
            force_download=anew,
        )
    return Path(folder)


@contextmanager
def _watched(model: HubModel, files: Sequence[Offered], report: Report, message: str) -> Iterator[None]:
    """Report the sizes of the growing files: they say the same for each way in which the library fetches."""
    total, done = sum(one.size for one in files), threading.Event()

    def look() -> None:
        while not done.wait(POLL_SECONDS):
            report(Progress(message, sum(_here(model, one) for one in files), total))

    watching = threading.Thread(target=look, daemon=True)
    watching.start()
    try:
        yield
    finally:
        done.set()
        watching.join()
    report(Progress(message, total, total))


def _here(model: HubModel, file: Offered) -> int:
    from glossator.engine.hub_blob import partial_file

    blob = model.repository / "blobs" / file.blob
    for path in (blob, partial_file(blob)):
        try:
            return min(path.stat().st_size, file.size)
        except OSError:
            continue
    return 0


def _damaged(folder: Path) -> list[Path]:
    """Files of weights that lay in the cache, and are not what their own headers say."""
    files = () if pickled_files(folder) and not safe_files(folder) else safe_files(folder)
    return [file for file in files if not _is_whole(file)]


def _is_whole(file: Path) -> bool:
    try:
        read_header(file)
    except ModelMissing:
        return False
    return True


def main(arguments: Sequence[str]) -> int:
    """One line of progress for each step: done, total and a message; at a failure the error as JSON on stderr."""
    os.environ.update(HF_HUB_DISABLE_PROGRESS_BARS="1", HF_HUB_DISABLE_TELEMETRY="1", DO_NOT_TRACK="1")
    kind, name = arguments
    model = hub_model(name)
    try:
        if model is None:
            raise DownloadFailed(f"{name!r} is no name of the hub.", "It is spelled owner/name, or owner/name@tag.")
        if kind == "adapter":
            pull_adapter(replace(model, kind="adapter"), _tell)
        else:
            pull_from_hub(model, _tell)
    except GlossatorError as error:
        print(json.dumps(describe_error(error)), file=sys.stderr)
        return error.exit_code
    return 0


def _tell(step: Progress) -> None:
    print(to_line(step), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
