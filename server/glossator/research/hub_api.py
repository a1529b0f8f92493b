"""The Hugging Face hub's API: what a model or data set that a string names is, where its card was never downloaded.

Asked only with consent and only about ids that look public. Without a token: what needs one is the user's own business.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glossator.errors import SourceUnavailable
from glossator.research.evidence import Evidence, Query
from glossator.research.hub_cache import HUB_ID
from glossator.research.web import SECONDS, Request, Service
from glossator.research.web_text import clean, web_evidence

ADDRESS = "https://huggingface.co"
LONGEST_VALUE = 100
# Ends of file names: `data/train.csv` is a path and no model.
_FILE = re.compile(
    r"\.(?:py|pyi|ipynb|txt|md|rst|json|jsonl|ya?ml|toml|ini|cfg|csv|tsv|parquet|html?|css|js|ts|png|jpe?g|gif|svg|pdf|"
    r"zip|gz|tar|bin|pt|pth|onnx|safetensors|gguf|h5|npy|npz|pkl|db|sqlite|log|sh|so|dll|exe|xml|c|h|cpp|go|rs|java)$",
    re.IGNORECASE,
)
_FOLDERS = {"src", "data", "tests", "test", "docs", "lib", "bin", "etc", "usr", "tmp", "var", "home", "build", "dist"}
_MEDIA = {"application", "text", "image", "audio", "video", "multipart", "font", "model", "message"}


@dataclass(frozen=True, slots=True)
class HuggingFace:
    """The hub's own facts about a model, else a data set."""

    base_url: str = ADDRESS
    seconds: float = SECONDS

    async def search(self, query: Query) -> Sequence[Evidence]:
        """One passage for the first hub id among the terms."""
        identity = next((term for term in query.terms if looks_public(term)), "")
        if not identity:
            return []
        service = Service("Hugging Face", self.base_url, "The model may be private or gone.", self.seconds)
        for kind in ("models", "datasets"):
            content = await _ask(service, kind, identity)
            found = _evidence(identity, kind, content) if content is not None else None
            if found is not None:
                return [found]
        return []


def looks_public(text: str) -> bool:
    """Whether a text can be the id of a model or data set that others know, and no path or media type."""
    if not HUB_ID.fullmatch(text) or _FILE.search(text) or ".." in text or "--" in text:
        return False
    return text.partition("/")[0].lower() not in _FOLDERS | _MEDIA


async def _ask(service: Service, kind: str, identity: str) -> Mapping[str, Any] | None:
    """What the hub says; None where it has nothing of that kind: it answers 401 or 404, and either is no fault."""
    try:
        return (await service.ask(Request(f"/api/{kind}/{identity}", identity))).content
    except SourceUnavailable as error:
        if any(status in error.what for status in ("(401)", "status 404")):
            return None
        raise


def _evidence(identity: str, kind: str, content: Mapping[str, Any]) -> Evidence | None:
    if content.get("private") or clean(content.get("id")).lower() != identity.lower():
        return None
    told = [f"{name}: {value}." for name, value in _facts(content) if value]
    folder = "datasets/" if kind == "datasets" else ""
    what = "data set" if kind == "datasets" else "model"
    text = f"{identity} is a {what} on the Hugging Face hub. {' '.join(told)}"
    return web_evidence(f"{identity} (Hugging Face hub)", text, f"{ADDRESS}/{folder}{identity}")


def _facts(content: Mapping[str, Any]) -> list[tuple[str, str]]:
    card, config, weights = (_mapping(content.get(name)) for name in ("cardData", "config", "safetensors"))
    total = weights.get("total")
    return [
        ("Task", _text(content.get("pipeline_tag"))),
        ("Library", _text(content.get("library_name"))),
        ("License", _text(card.get("license"))),
        ("Base model", _text(card.get("base_model"))),
        ("Language", _text(card.get("language"))),
        ("Architecture", _text(config.get("architectures"))),
        ("Model type", _text(config.get("model_type"))),
        ("Parameters", f"{total:,}" if isinstance(total, int) else ""),
        ("Downloads last month", _count(content.get("downloads"))),
        ("Last changed", _text(content.get("lastModified"))[:10]),
        ("Access", "needs its conditions to be accepted" if content.get("gated") else ""),
    ]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(clean(one) for one in value[:5] if isinstance(one, str))[:LONGEST_VALUE]
    return clean(value)[:LONGEST_VALUE]


def _count(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else ""
