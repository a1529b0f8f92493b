"""What the processes that we start are given."""

from __future__ import annotations

import os
from pathlib import Path

# ``python -m`` imports from its working directory first, and a workspace may hold a torch.py or a pip folder of its
# own. So children run here, where only the system writes.
SAFE_DIRECTORY = Path(os.sep).resolve()


def environment() -> dict[str, str]:
    """Our environment, with the folders to import from spelled so that they hold in another working directory."""
    variables = dict(os.environ)
    if folders := variables.get("PYTHONPATH"):
        variables["PYTHONPATH"] = os.pathsep.join(str(Path(folder).absolute()) for folder in folders.split(os.pathsep))
    return variables
