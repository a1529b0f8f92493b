"""``python -m glossator.engine.hub_push OWNER/NAME private|public FOLDER``: what a folder holds, into a repository of
the hub, which is made if need be. By the hub's own library, so that token, proxy and ``HF_ENDPOINT`` are its own.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from glossator.engine.state import describe_error
from glossator.errors import DownloadFailed, GlossatorError
from glossator.models.hub import hub_model
from glossator.models.progress import Progress, to_line


def push(name: str, private: bool, folder: Path) -> None:
    """Send the folder's files as one commit.

    Raises:
        DownloadFailed: the hub cannot be reached, or refuses.
    """
    from huggingface_hub import HfApi, get_token
    from huggingface_hub.errors import HfHubHTTPError

    from glossator.engine.hub_errors import TOKEN, hub_failures

    model = hub_model(name)
    if model is None:
        raise DownloadFailed(f"{name!r} is no name of the hub.", "It is spelled owner/name.")
    if not get_token():
        raise DownloadFailed("The hub takes nothing without a token.", f"S{TOKEN[1:]} that may write.")
    print(to_line(Progress(f"Sending to {name}")), flush=True)
    try:
        api = HfApi()
        api.create_repo(name, private=private, exist_ok=True)
        api.upload_folder(repo_id=name, folder_path=str(folder), commit_message="An adapter, pushed by Glossator")
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        what = f"The hub does not take {name} (status {status or 'none'})."
        raise DownloadFailed(what, f"The owner must be yours, and the token may write there; else {TOKEN}.") from error
    except Exception:
        with hub_failures(model):
            raise


def main(arguments: list[str]) -> int:
    """Push; answers the exit status, at a failure with the error as JSON on stderr."""
    os.environ.update(HF_HUB_DISABLE_PROGRESS_BARS="1", HF_HUB_DISABLE_TELEMETRY="1", DO_NOT_TRACK="1")
    name, who, folder = arguments
    try:
        push(name, who != "public", Path(folder))
    except GlossatorError as error:
        print(json.dumps(describe_error(error)), file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
