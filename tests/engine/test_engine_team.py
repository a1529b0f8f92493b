"""``glossator engine run``: in a terminal, and for a team over TCP."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import openai
import pytest

from glossator.child import environment
from glossator.errors import WrongUse
from glossator.models.engine_address import TOKEN_VARIABLE, team_token
from glossator.models.engine_process import status
from tests.engine.own_engine import own_folders, until

TOKEN = "a-token-that-is-long-enough"

pytestmark = pytest.mark.slow


@asynccontextmanager
async def running(model: Path, *options: str, **variables: str) -> AsyncIterator[tuple[Process, str]]:
    """``glossator engine run`` in the foreground, and what it printed until it served."""
    command = [sys.executable, "-m", "glossator", "engine", "run", *options]
    more = {"GLOSSATOR_MODEL_NAME": str(model), "GLOSSATOR_ENGINE_THREADS": "1", **variables}
    process = await create_subprocess_exec(*command, stderr=PIPE, stdout=PIPE, env=environment() | more)
    try:
        assert process.stderr is not None
        yield process, (await process.stderr.readuntil(b"Ctrl-C ends it.\n")).decode()
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ready() -> bool:
    found = await status()
    return found is not None and found.state == "ready"


async def test_engine_in_the_terminal_ends_with_ctrl_c(tiny_model: Path, folders: Path) -> None:
    async with running(tiny_model) as (process, said):
        assert f"Serving {tiny_model} to this user" in said
        await until(ready)
        process.send_signal(signal.SIGINT)
        _, errors = await process.communicate()
        assert process.returncode == 0
        assert b"Traceback" not in errors
    assert await status() is None


async def address_of(process: Process) -> str:
    assert process.stderr is not None
    line = (await process.stderr.readline()).decode()
    found = re.search(r"http://127\.0\.0\.1:\d+/v1", line)
    assert found, line
    assert "reverse proxy with TLS" in (await process.stderr.readline()).decode()
    return found[0]


async def test_team_is_served_over_tcp_and_the_user_over_the_socket(tiny_model: Path, folders: Path) -> None:
    options = ("--host", "127.0.0.1", "--port", "0")
    async with running(tiny_model, *options, **{TOKEN_VARIABLE: TOKEN}) as (process, _):
        address = await address_of(process)
        await until(ready)  # by the socket, where the token is not wanted
        async with openai.AsyncOpenAI(base_url=address, api_key=TOKEN, max_retries=0) as client:
            names = [model.id async for model in client.models.list()]
            answer = await client.completions.create(model=names[0], prompt="def add(", suffix="\n", max_tokens=4)
            assert answer.choices[0].text
            chat = client.chat.completions.create(
                model=names[0], messages=[{"role": "user", "content": "add"}], max_tokens=3, stream=True
            )
            assert [piece async for piece in await chat]
            with pytest.raises(openai.NotFoundError, match="There is no model"):
                await client.completions.create(model=str(folders), prompt="def")
        async with openai.AsyncOpenAI(base_url=address, api_key=f"{TOKEN}x", max_retries=0) as stranger:
            with pytest.raises(openai.AuthenticationError, match="bearer token"):
                await stranger.models.list()
        await nothing_without_the_token(address.removesuffix("/v1"))
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False) as owner:
            assert (await owner.post(f"{address.removesuffix('/v1')}/stop")).json() == {"stopping": True}
        _, errors = await process.communicate()
        assert (process.returncode, TOKEN in errors.decode()) == (0, False)


async def nothing_without_the_token(root: str) -> None:
    async with httpx2.AsyncClient(trust_env=False) as client:
        paths = ("/health", "/v1/models", "/stop", "/v1/completions", "/nothing")
        codes = [
            (await client.request(method, root + path)).status_code for method in ("GET", "POST") for path in paths
        ]
        assert set(codes) == {401}
    assert await status() is not None, "and nobody stopped it"


async def test_without_a_token_others_are_not_served(tiny_model: Path, folders: Path) -> None:
    command = [sys.executable, "-m", "glossator", "engine", "run", "--host", "127.0.0.1"]
    more = {"GLOSSATOR_MODEL_NAME": str(tiny_model), TOKEN_VARIABLE: ""}
    process = await create_subprocess_exec(*command, stderr=PIPE, env=environment() | more)
    _, errors = await process.communicate()
    assert process.returncode == WrongUse.exit_code
    assert "Others are served only if they present a token, and there is none." in errors.decode()
    assert TOKEN_VARIABLE in errors.decode()


@pytest.mark.parametrize(
    ("content", "mode", "says"),
    [
        (TOKEN, 0o600, ""),
        (f"{TOKEN}\n", 0o400, ""),
        (TOKEN, 0o644, "Others can read"),
        ("short", 0o600, "16 printable ASCII characters"),
        ("ein-Geheimnis-mit-ß", 0o600, "printable ASCII"),
        (" \n", 0o600, "there is none"),
        (None, 0o600, "cannot be read"),
    ],
)
def test_token_comes_out_of_a_file_that_only_its_owner_reads(
    tmp_path: Path, content: str | None, mode: int, says: str
) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_text(content, "utf-8")
        file.chmod(mode)
    if not says:
        assert team_token(str(file)) == TOKEN
        return
    with pytest.raises(WrongUse, match=says):
        team_token(str(file))


def test_token_comes_out_of_the_environment_else() -> None:
    with own_folders(**{TOKEN_VARIABLE: TOKEN}):
        assert team_token("") == TOKEN
        assert TOKEN_VARIABLE in os.environ


async def test_address_that_is_not_ours_is_said(tiny_model: Path, folders: Path) -> None:
    options = ["--host", "203.0.113.7", "--port", "80"]
    more = {"GLOSSATOR_MODEL_NAME": str(tiny_model), TOKEN_VARIABLE: TOKEN}
    command = [sys.executable, "-m", "glossator", "engine", "run", *options]
    process = await create_subprocess_exec(*command, stderr=PIPE, env=environment() | more)
    _, errors = await asyncio.wait_for(process.communicate(), 120)
    assert "The engine cannot listen on 203.0.113.7 port 80" in errors.decode()
    assert "Choose an address of this machine" in errors.decode()
