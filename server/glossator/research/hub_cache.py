"""Models and data sets named in strings, from what the Hugging Face hub's own cache on this machine holds of them."""

from __future__ import annotations

import asyncio
import datetime
import json
import os
import re
from collections.abc import Sequence
from pathlib import Path

from glossator.research.evidence import Evidence, Query
from glossator.research.sentences import sentences

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
LONGEST_CARD = 200_000
CARD_SENTENCES = 2
_FRONT_MATTER = re.compile(r"\A---\s*\n(?P<fields>.*?)\n---\s*\n", re.DOTALL)
_CARD_FIELDS = {
    "license": "License",
    "pipeline_tag": "Task",
    "library_name": "Library",
    "base_model": "Base model",
    "language": "Language",
}
_CONFIG_FIELDS = {
    "Architecture": ("architectures",),
    "Model type": ("model_type",),
    "Context": ("n_positions", "max_position_embeddings", "max_seq_len"),
    "Layers": ("n_layer", "num_hidden_layers"),
    "Hidden size": ("n_embd", "hidden_size"),
    "Vocabulary": ("vocab_size",),
    "Adapter type": ("peft_type",),
    "Adapter of": ("base_model_name_or_path",),
}


class HubCache:
    """Cards and configurations that were downloaded before. Asks nobody."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or default_folder()

    async def search(self, query: Query) -> Sequence[Evidence]:
        """What is here of the hub ids among the terms."""
        identities = [term for term in query.terms if HUB_ID.fullmatch(term)]
        found = [await asyncio.to_thread(self._look, identity) for identity in identities]
        return [evidence for evidence in found if evidence is not None]

    def _look(self, identity: str) -> Evidence | None:
        for kind in ("models", "datasets"):
            snapshot = _snapshot(self.folder / f"{kind}--{identity.replace('/', '--')}")
            if snapshot is not None:
                told = [*_from_card(_read(snapshot / "README.md")), *_from_config(snapshot)]
                if told:
                    title = f"{identity} at {snapshot.name[:7]} (card and configuration in the hub's cache)"
                    when = datetime.datetime.fromtimestamp(snapshot.stat().st_mtime, datetime.timezone.utc)
                    text = "\n".join(told)
                    url = f"https://huggingface.co/{'datasets/' if kind == 'datasets' else ''}{identity}"
                    return Evidence("", title, text, "hub", url, when.isoformat(timespec="seconds"))
        return None


def default_folder() -> Path:
    """Where the hub's library keeps its cache, by its own environment variables."""
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    return Path(os.environ.get("HF_HUB_CACHE") or home / "hub")


def _snapshot(folder: Path) -> Path | None:
    """The revision that ``main`` points at, else the newest one."""
    revision = _read(folder / "refs" / "main").strip()
    if re.fullmatch(r"[0-9a-f]{7,64}", revision) and (folder / "snapshots" / revision).is_dir():
        return folder / "snapshots" / revision
    found = [path for path in (folder / "snapshots").glob("*") if path.is_dir()]
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


def _from_card(card: str) -> list[str]:
    match = _FRONT_MATTER.match(card)
    fields = dict(re.findall(r"^(\w+):[ \t]*([^\s#][^\n#]*)$", match["fields"] if match else "", re.MULTILINE))
    prose = re.sub(r"^(?:#|\||<|!\[).*$", "", card[match.end() if match else 0 :], flags=re.MULTILINE)
    said = [sentence for sentence in sentences(prose) if len(sentence.split()) > 4][:CARD_SENTENCES]
    return [*said, *(f"{name}: {fields[key].strip()}." for key, name in _CARD_FIELDS.items() if key in fields)]


def _from_config(snapshot: Path) -> list[str]:
    told = []
    for name in ("config.json", "adapter_config.json"):
        try:
            fields = json.loads(_read(snapshot / name) or "{}")
        except ValueError:
            continue
        for label, keys in _CONFIG_FIELDS.items():
            value = next((fields[key] for key in keys if isinstance(fields, dict) and fields.get(key)), None)
            if value is not None:
                told.append(f"{label}: {', '.join(map(str, value)) if isinstance(value, list) else value}.")
    return told


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(LONGEST_CARD)
    except OSError:
        return ""
