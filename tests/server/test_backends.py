"""Backends from settings to answers: through a proxy and with a company's certificate, with consent and without."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from glossator.assemble import Parts, assemble
from glossator.assemble_models import plan
from glossator.errors import GlossatorError
from glossator.explain.options import ExplainOptions
from glossator.explain.render import to_json, to_markdown
from glossator.models.base import Priority
from glossator.settings import BackendsSettings, Settings, load, parse
from glossator.text import Position
from tests.cursor import cursor
from tests.e2e.wire import FILE, inline
from tests.e2e.wire import command as command_of
from tests.e2e.wire import place as at_place
from tests.e2e.wire import serving as connection
from tests.engine.own_engine import own_folders
from tests.models.misbehaving import Act, Server, proxying, refusal, serving, stream

KEY = "the-planted-key-0123456789"
HOST = "backend.example"
TOML = f"""
[backends]
order = "work"
consent = "ask"
[backends.work]
url = "https://{HOST}/v1"
model = "big"
key_variable = "WORK_KEY"
infill = "suffix"
patience = 30
"""
CODE = "import json\njson.<CURSOR>dumps({}, indent=2)\n"
WRITTEN = "`json.dumps` serializes `obj` to a JSON formatted `str` [1]."


@dataclass
class Outside:
    """A server elsewhere, what was asked of the proxy, and the folder of the workspace."""

    server: Server
    proxied: list[str]
    root: Path


@pytest.fixture
def folders() -> Iterator[Path]:
    """Glossator's folders, and the environment as it was afterwards."""
    with own_folders() as root:
        yield root


@asynccontextmanager
async def outside(root: Path, *acts: list[Act], toml: str = TOML) -> AsyncIterator[Outside]:
    """The only way out is a proxy; the server's certificate is of an authority that only SSL_CERT_FILE names."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    authority.cert_pem.write_to_path(str(root / "company.crt"))
    workspace = root / "workspace"
    workspace.mkdir()
    script = acts or (stream(WRITTEN, chat=True),)
    async with serving(*script, tls=context) as server, proxying(server) as (proxy, proxied):
        variables = {"HTTPS_PROXY": proxy, "SSL_CERT_FILE": str(root / "company.crt"), "WORK_KEY": KEY}
        os.environ.update(variables, NO_PROXY="", no_proxy="")
        (root / "config").mkdir()
        (root / "config" / "glossator.toml").write_text(toml)
        yield Outside(server, proxied, workspace.resolve())


@asynccontextmanager
async def parts_for(place: Outside) -> AsyncIterator[Parts]:
    settings, problems = load(place.root)
    assert problems == ()
    parts = assemble(settings, place.root)
    try:
        yield parts
    finally:
        await parts.close()


async def explain(parts: Parts, options: ExplainOptions = ExplainOptions(fresh=True)) -> tuple[str, list[str], str]:
    """The backend, the problems, the tooltip."""
    snapshot, position = cursor(CODE)
    told = await parts.explain(snapshot, position, options)
    return to_json(told)["meta"]["backend"], [one.what for one in told.problems], to_markdown(told)


async def test_an_answer_from_elsewhere_needs_consent_and_says_where_it_is_from(folders: Path) -> None:
    async with outside(folders) as place, parts_for(place) as parts:
        hover = ExplainOptions("cached", priority=Priority.HOVER)
        assert (await explain(parts, hover))[0] == "extractive"
        assert parts.questions() == (), "a hover's first phase asks nobody"
        backend, problems, _ = await explain(parts)
        assert (backend, place.server.requests) == ("extractive", [])
        assert problems == [
            f"work at {HOST} was not asked: you have not decided whether code of this folder may go there."
        ]
        (question,) = parts.questions()
        assert f"send code from {place.root} to work at {HOST}?" in question.text
        await parts.answer(question.subject, True)
        assert parts.questions() == ()
        backend, problems, shown = await explain(parts)
        assert (backend, problems) == (f"work at {HOST}", [])
        assert f"m, by work at {HOST}" in shown
        (asked,) = place.server.requests
        assert (asked.headers["authorization"], place.proxied) == (f"Bearer {KEY}", [f"CONNECT {HOST}:443 HTTP/1.1"])
        assert (await explain(parts, ExplainOptions(offline=True, fresh=True)))[0] == "extractive"
        await parts.answer(question.subject, False)
        backend, problems, _ = await explain(parts)
        assert (backend, problems, parts.questions(), len(place.server.requests)) == ("extractive", [], (), 1)


async def test_completions_from_elsewhere_need_consent_and_leave_some_files_alone(folders: Path) -> None:
    async with outside(folders, stream("a + b")) as place, parts_for(place) as parts:
        snapshot, position = cursor("def add(a, b):\n    return <CURSOR>\n")
        with pytest.raises(GlossatorError, match="you did not allow it"):
            await parts.complete(snapshot, position)
        (question,) = parts.questions()
        await parts.answer(question.subject, True)
        found = await parts.complete(snapshot, position)
        assert (found.items[0].text, found.meta.backend) == ("a + b", f"work at {HOST}")
        (place.root / ".env").write_text("SECRET=")
        snapshot, _ = cursor("SECRET=<CURSOR>", path=place.root / ".env")
        found = await parts.complete(snapshot, Position(0, 7))
        assert (found.items, found.reason) == ((), "excluded")
        assert len(place.server.requests) == 1


async def test_the_web_is_searched_when_the_question_was_answered(folders: Path) -> None:
    toml = '[search]\nconsent = "ask"\nsources = "stackexchange"\n'
    async with outside(folders, toml=toml) as place, parts_for(place) as parts:
        await explain(parts, ExplainOptions("cached", priority=Priority.HOVER))
        assert parts.questions() == ()
        await explain(parts)
        (question,) = parts.questions()
        assert (question.subject, place.proxied) == ("search", [])
        await parts.answer("search", True)
        await explain(parts)
        assert place.proxied and set(place.proxied) == {"CONNECT api.stackexchange.com:443 HTTP/1.1"}


COMMANDS = (
    "backends --check",
    "backends --check --format json",
    "doctor",
    "settings",
    "complete x.py:1:5",
    "explain x.py:1:1",
    "consent list",
)


@pytest.mark.parametrize("command", COMMANDS)
async def test_no_command_shows_a_key(command: str, folders: Path) -> None:
    arguments = command.split()
    said = refusal(401, f"Incorrect API key provided: {KEY}. Bearer {KEY}")
    async with outside(folders, said, toml=TOML.replace('"ask"', '"on"')) as place:
        (place.root / "x.py").write_text("x = 1\n")
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "glossator", *arguments, stdout=pipe, stderr=pipe, cwd=place.root
        )
        out, error = await process.communicate()
        shown = (out + error).decode()
    assert KEY not in shown and "Traceback" not in shown
    if arguments[0] == "complete":
        assert "Incorrect API key provided: ***. Bearer ***." in shown, "the fault itself is told"
    if "json" in arguments:
        (row,) = json.loads(out)
        assert (row["checked"], row["host"], process.returncode) == ("failed", HOST, 3)


async def test_no_log_and_no_message_of_the_language_server_shows_a_key(folders: Path) -> None:
    said = refusal(401, f"Incorrect API key provided: {KEY}.")
    async with outside(folders, said, toml=TOML.replace('"ask"', '"on"')) as place:
        log = folders / "log"
        serve = f"exec {sys.executable} -m glossator serve --log-level debug 2> {log}"
        async with connection(["sh", "-c", serve], dict(os.environ)) as wire:
            await wire.initialize(rootUri=place.root.as_uri())
            wire.open("import json\njson.dumps({}, indent=2)\nx = \n")
            await wire.request("textDocument/inlineCompletion", inline(2, 4))
            await wire.request("textDocument/hover", at_place(1, 6))
            why = await wire.request("workspace/executeCommand", command_of("glossator.why", FILE))
            status = await wire.status()
            await wire.until(lambda: bool(wire.messages()))
            shown = json.dumps([wire.received, wire.answers, why, status]) + log.read_text()
    assert KEY not in shown
    assert "Incorrect API key provided: ***." in shown
    assert status["backends"] == f"work at {HOST}"


@pytest.mark.parametrize(
    ("backend", "told"),
    [
        ({"url": "https://u:p@x/v1", "model": "m"}, "The url of the backend work holds a user or a password."),
        ({"url": "x.example/v1", "model": "m"}, "The url of the backend work is 'x.example/v1'."),
        ({"url": "ftp://x/v1", "model": "m"}, "The url of the backend work is 'ftp://x/v1'."),
        ({"url": "http://10.0.0.7/v1", "model": "m", "keyVariable": "K"}, "reads your key and your code."),
        ({"url": "https://x.example/v1"}, "The backend work has no model."),
        ({"url": "https://x.example/v1", "model": "m", "purposes": "dance"}, "has the purpose 'dance'."),
        ({"url": "https://x.example/v1", "model": "m", "family": "cats"}, "has the family 'cats'."),
        ({"url": "https://x.example/v1", "model": "m"}, "is not asked: backends.consent is off."),
        ({"url": "http://localhost:1/v1", "model": "m"}, ""),
        ({"url": "http://127.9.9.9:1/v1", "model": "m"}, ""),
        ({"url": "http://[::1]:1/v1", "model": "m"}, ""),
        ({"url": "http://10.0.0.7/v1", "model": "m", "trusted": True}, ""),
        ({"url": "http://localhost.evil.example/v1", "model": "m"}, "is at a plain http address"),
    ],
)
def test_what_keeps_a_backend_from_being_asked(backend: dict[str, object], told: str) -> None:
    settings, problems = parse({"backends": {"order": "work", "work": backend}})
    assert problems == ()
    (planned,) = plan(settings)
    assert told in str(planned.problem or "") and bool(told) == (planned.problem is not None)


def test_an_order_names_what_there_is() -> None:
    one, two = plan(Settings(backends=BackendsSettings(order=" engine, nowhere,engine")))
    assert (one.name, one.problem, two.name) == ("engine", None, "nowhere")
    assert str(two.problem) == "backends.order names 'nowhere', which is no backend. There are: engine."
    assert [each.name for each in plan(Settings(backends=BackendsSettings(order=" , ")))] == ["engine"]


def test_keys_come_from_where_the_settings_say() -> None:
    with own_folders(WORK_KEY="  "):
        (planned,) = plan(parse({"backends": {"order": "w", "w": {"url": "http://localhost/v1", "model": "m",
                                 "keyVariable": "WORK_KEY"}}})[0])  # fmt: skip
        for value in ("", " ", "two words", "schl\u00fcssel"):
            os.environ["WORK_KEY"] = value
            with pytest.raises(GlossatorError) as caught:
                planned.key_place.read()
            assert "WORK_KEY" in str(caught.value) and (not value.strip() or value not in str(caught.value))
        os.environ["WORK_KEY"] = f" {KEY}\n"
        assert planned.key_place.read() == KEY
