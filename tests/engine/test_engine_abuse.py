"""What is thrown at an engine's socket: nonsense, too much, too many at once. It refuses in words and goes on."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from glossator.errors import ModelMissing
from glossator.models.base import Prompt, read
from glossator.models.engine_address import read_address, socket_file
from glossator.models.engine_process import EngineModel, ensure_running, http_client
from glossator.settings import Settings

SHORT = Prompt(text="def add(first, second):\n    return", max_tokens=5, deadline=600)

pytestmark = pytest.mark.slow


async def raw(data: bytes) -> bytes:
    """Bytes to the socket, and what comes back until it closes or falls silent."""
    reader, writer = await asyncio.open_unix_connection(socket_file())
    writer.write(data)
    try:
        return await asyncio.wait_for(reader.read(1000), 20)
    finally:
        writer.close()


async def test_nonsense_on_the_socket_is_refused_and_nothing_breaks(engine: Settings) -> None:
    for data in (b"nonsense\r\n\r\n", b"\x00\xff" * 5000, b"GET " + b"x" * 200_000):
        assert (await raw(data)).startswith(b"HTTP/1.1 400")
    shorter = b"POST /v1/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{}"
    _, writer = await asyncio.open_unix_connection(socket_file())
    writer.write(shorter)
    writer.close()
    await writer.wait_closed()
    address = read_address()
    assert address is not None
    async with http_client(address, 120) as client:
        deep = await client.post("/v1/completions", content=b"[" * 100_000)
        assert (deep.status_code, "not JSON" in deep.text) == (400, True)
        large = await client.post("/v1/completions", content=b'{"prompt": "%s"}' % (b"x" * 17_000_000))
        assert (large.status_code, "longer than 16 MB" in large.text) == (413, True)
        assert (await client.post("/v1/completions", json={"prompt": "a", "max_tokens": 1})).status_code == 200


async def test_unknown_models_cost_nobody_the_one_that_is_loaded(engine: Settings) -> None:
    model = EngineModel(engine)
    await read(model, SHORT)
    stranger = EngineModel(engine)
    address = read_address()
    assert address is not None
    async with http_client(address, 60) as client:
        answer = await client.post("/v1/completions", json={"prompt": "a", "model": "/nowhere"})
        assert answer.status_code == 404
        assert (await client.get("/health")).json()["state"] == "ready"
    await stranger.close()
    with pytest.raises(ModelMissing):
        await ensure_running(replace(engine, model=replace(engine.model, name="/nowhere")))
    await model.close()


async def test_a_hundred_questions_at_once_are_all_answered(engine: Settings) -> None:
    address = read_address()
    assert address is not None
    async with http_client(address, None) as client:

        async def ask(number: int) -> int:
            body = {"prompt": f"for number in range({number})", "max_tokens": 3, "priority": number % 5}
            return (await client.post("/v1/completions", json=body)).status_code

        assert set(await asyncio.gather(*(ask(number) for number in range(100)))) == {200}


async def test_too_many_questions_of_one_are_refused_and_others_are_not(engine: Settings) -> None:
    address = read_address()
    assert address is not None
    async with http_client(address, None) as client:

        async def ask(name: str) -> tuple[int, str]:
            body = {"prompt": "def", "max_tokens": 40, "glossator": {"client": name}}
            answer = await client.post("/v1/completions", json=body)
            assert answer.status_code == 200 or answer.headers["retry-after"] == "1"
            return answer.status_code, answer.text

        greedy = [asyncio.create_task(ask("greedy")) for _ in range(200)]
        await asyncio.wait(greedy, return_when=asyncio.FIRST_COMPLETED)
        assert (await ask("modest"))[0] == 200
        rest = await asyncio.gather(*greedy)
        refused = [json.loads(text)["error"]["message"] for code, text in rest if code == 429]
        assert "128 of your questions waiting already. Wait a little" in refused[0]
        assert {code for code, _ in rest} == {200, 429}
        assert sum(code == 200 for code, _ in rest) >= 128
