"""The hub's failures in the user's words."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from glossator.errors import DownloadFailed
from glossator.models.hub import HubModel

TOKEN = "set HF_TOKEN to a token from https://huggingface.co/settings/tokens"


@contextmanager
def hub_failures(model: HubModel) -> Iterator[None]:
    """Whatever the hub's library raises, as ours.

    Raises:
        DownloadFailed: one sentence and the next step.
    """
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    again = f"then run '{model.pull_command}' again; it goes on where it stopped."
    try:
        yield
    except HfHubHTTPError as error:
        raise _refused(error, model, again) from error
    except LocalEntryNotFoundError as error:
        raise _unreachable(model, error, again) from error
    except HFValidationError as error:
        raise DownloadFailed(f"{model.name!r} is no name of the hub.", "It is spelled owner/name.") from error
    except (httpx2.HTTPError, ConnectionError, TimeoutError) as error:
        raise _unreachable(model, error, again) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            what = f"There is no room on the disk for the {model.kind} {model.name}."
            raise DownloadFailed(what, f"Free some, or set HF_HOME to a folder on another disk, {again}") from error
        what = f"The {model.kind} {model.name} could not be stored: {error}."
        raise DownloadFailed(what, f"Mend that, {again}") from error


def _refused(error: Exception, model: HubModel, again: str) -> DownloadFailed:
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

    assert isinstance(error, HfHubHTTPError)
    status = error.response.status_code if error.response is not None else 0
    page, given = f"https://huggingface.co/{model.name}", _has_token()
    if isinstance(error, GatedRepoError):
        what = f"The {model.kind} {model.name} is gated: its owners give it to those who accept its terms."
        other = "use the token of that account" if given else TOKEN
        return DownloadFailed(what, f"Accept them at {page}, {other}, {again}")
    if status == 401 and given and "credentials" in str(error).lower():
        return DownloadFailed("The hub refuses the token that it was given.", f"S{TOKEN[1:]}, {again}")
    if isinstance(error, RevisionNotFoundError):
        what = f"The {model.kind} {model.name} has no revision {model.revision!r}."
        return DownloadFailed(what, f"See {page}/tree/main.")
    if isinstance(error, RepositoryNotFoundError):
        what = f"The hub has no {model.kind} {model.name}, or it is private."
        return DownloadFailed(what, f"Check the spelling; for a private one {TOKEN}, {again}")
    if status in (401, 403):
        return DownloadFailed(f"The hub refuses to give {model.name} (status {status}).", f"S{TOKEN[1:]}, {again}")
    return DownloadFailed(f"The hub answered with status {status or 'none'}.", f"Wait a while, {again}")


def _unreachable(model: HubModel, error: BaseException, again: str) -> DownloadFailed:
    from huggingface_hub.errors import OfflineModeIsEnabled

    if isinstance(error, OfflineModeIsEnabled) or isinstance(error.__cause__, OfflineModeIsEnabled):
        return DownloadFailed("HF_HUB_OFFLINE is set, so the hub is not asked.", f"Unset it, {again}")
    where = os.environ.get("HF_ENDPOINT") or "https://huggingface.co"
    what = f"The hub at {where} cannot be reached, or broke off, while fetching {model.name}."
    return DownloadFailed(what, f"Check the network, its proxy (HTTPS_PROXY) and HF_ENDPOINT, {again}")


def _has_token() -> bool:
    from huggingface_hub import get_token

    return bool(get_token())
