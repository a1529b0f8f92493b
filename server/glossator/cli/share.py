"""``glossator adapters export`` and ``push``: an adapter for other servers, its examples for other trainers, and the
hub, which gets nothing before you have seen what."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

FORMS = ("vllm", "gguf", "jsonl")
HUB = "https://huggingface.co"


def register(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``export`` and ``push`` to ``adapters``."""
    exporter = actions.add_parser("export", help="write one for another server, or its examples for another trainer")
    exporter.add_argument("name")
    exporter.add_argument("target", type=Path, metavar="TARGET", help="a new folder for vllm, else a file")
    exporter.add_argument("--to", required=True, choices=FORMS)
    exporter.add_argument("--path", type=Path, help="for jsonl: where the repository is now")
    exporter.set_defaults(run=run_export)
    pusher = actions.add_parser("push", help="send one to the Hugging Face hub, after showing what is sent")
    pusher.add_argument("name")
    pusher.add_argument("repository", metavar="OWNER/NAME")
    pusher.add_argument("--public", action="store_true", help="for everybody; else the repository is made private")
    pusher.add_argument("--yes", action="store_true", help="do not ask")
    pusher.set_defaults(run=run_push)


def run_export(arguments: argparse.Namespace) -> int:
    """Write, and say how it is used there.

    Raises:
        WrongUse: the adapter is of no use there, or the target cannot be written.
    """
    from glossator.adapt.export import to_jsonl, to_vllm
    from glossator.adapt.train import read_record
    from glossator.cli.output import check_output
    from glossator.models.adapters import find

    adapter, target = find(arguments.name), arguments.target
    if arguments.to == "vllm":
        options = to_vllm(adapter, target)
        print(f"{target} holds the adapter: vllm serve {adapter.base} {options}")
        return 0
    check_output(target)
    if arguments.to == "jsonl":
        count = to_jsonl(adapter, read_record(adapter.folder), arguments.path, target)
        print(f"{target} holds {count:,} examples with prompt, suffix and completion. They are your code.")
        return 0
    _to_gguf(adapter.name, adapter.base, target)
    print(f"{target} holds the adapter: llama-server --model BASE.gguf --lora {target}")
    if (adapter.folder / "glossator.json").is_file():
        print("llama.cpp knows nothing of how it spells a hole: glossator.json beside the adapter says it.")
    return 0


def _to_gguf(name: str, base: str, target: Path) -> None:
    from glossator.cli.session import settings_for
    from glossator.models.conversion import adapter_to_gguf
    from glossator.models.local_extra import require_local_extra

    require_local_extra()
    adapter_to_gguf(name, base or settings_for(Path.cwd()).model.reference, target)


def run_push(arguments: argparse.Namespace) -> int:
    """Show, ask, send.

    Raises:
        WrongUse: nobody agreed.
        DownloadFailed: the hub does not take it.
    """
    from glossator.adapt.export import shared_files
    from glossator.cli.progress import ended_by_sigterm, shown_progress
    from glossator.models.adapters import find
    from glossator.models.conversion import push_adapter
    from glossator.models.local_extra import require_local_extra

    require_local_extra()
    adapter = find(arguments.name)
    with tempfile.TemporaryDirectory(prefix="glossator-push-") as folder:
        files = shared_files(adapter, Path(folder))
        _require_consent(arguments, files)
        with ended_by_sigterm(), shown_progress() as report:
            push_adapter(arguments.repository, Path(folder), arguments.public, report)
    print(f"{adapter.name} is at {os.environ.get('HF_ENDPOINT') or HUB}/{arguments.repository}")
    return 0


def _require_consent(arguments: argparse.Namespace, files: tuple[Path, ...]) -> None:
    """Go on only if the user has seen what leaves, and wants it."""
    from glossator.errors import WrongUse

    where = os.environ.get("HF_ENDPOINT") or HUB
    readers = "everybody" if arguments.public else "whoever the repository is shared with"
    print(f"To {where}, as {arguments.repository}, readable by {readers}, would be sent:")
    for file in files:
        print(f"  {file.name} ({file.stat().st_size:,} bytes)")
    print("An adapter may repeat what it was trained on: whoever has it may read parts of that code.")
    if arguments.yes:
        return
    if not sys.stdin.isatty():
        raise WrongUse("Nothing was sent: nobody could be asked.", "If it is to be sent, say --yes.")
    if input("Send it? [y/N] ").strip().lower() not in ("y", "yes"):
        raise WrongUse("Nothing was sent.", "Say y, or --yes, to send it.")
