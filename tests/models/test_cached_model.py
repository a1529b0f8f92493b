"""A model that remembers takes nothing for an answer that is none: buckets can be imported."""

from pathlib import Path
from typing import Any

import pytest

from glossator.models.base import Prompt, read
from glossator.models.cached import BUCKET_NAME, BUCKET_VERSION, CachedModel
from glossator.models.scripted import ScriptedModel
from glossator_cache import Cache

USAGE = {"backend": "b", "model": "m", "finish_reason": "stop"}


@pytest.mark.parametrize(
    ("value", "asked"),
    [
        ({"text": "remembered", "usage": USAGE}, 0),
        ("text", 1),
        (None, 1),
        ({"text": "remembered"}, 1),
        ({"text": 1, "usage": USAGE}, 1),
        ({"text": "remembered", "usage": []}, 1),
        ({"text": "remembered", "usage": {**USAGE, "more": 1}}, 1),
        ({"text": "remembered", "usage": {**USAGE, "prompt_tokens": "1"}}, 1),
        ({"text": "remembered", "usage": {**USAGE, "timings_ms": [1]}}, 1),
        ({"text": "remembered", "usage": {**USAGE, "timings_ms": {"queue": []}}}, 1),
    ],
)
async def test_only_an_answer_is_recalled(tmp_path: Path, value: Any, asked: int) -> None:
    cache = Cache(tmp_path)
    scripted = ScriptedModel(("asked",))
    model = CachedModel(scripted, cache, "m")
    prompt = Prompt("What?")
    cache.bucket(BUCKET_NAME, BUCKET_VERSION).put(model._key(prompt), value)
    text, _ = await read(model, prompt)
    cache.close()
    assert (text, len(scripted.asked)) == ("asked" if asked else "remembered", asked)
