"""Each web source against its documented shape, and every way in which a service can fail."""

from __future__ import annotations

import datetime
import email.utils
import gzip
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from glossator.errors import GlossatorError, SourceUnavailable
from glossator.explain.render import inert
from glossator.research.brave import Brave
from glossator.research.evidence import Partial, Query
from glossator.research.gather import gather
from glossator.research.journal import Sent, recording
from glossator.research.searxng import SearXNG
from glossator.research.stackexchange import StackExchange
from glossator.research.tavily import Tavily
from glossator.research.web import LARGEST_BODY, Request, Service
from glossator.resolve.distributions import Installed
from tests.research.services import (
    ANSWER,
    KINDS,
    PLAIN,
    QUESTION,
    REQUESTS_GET,
    RESULT,
    WRAPPER,
    Kind,
    install_requests,
)
from tests.research.web_server import Reply, serving

ALL = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    return install_requests(tmp_path)


@ALL
async def test_what_the_service_says_becomes_evidence(kind: Kind, installed: Installed) -> None:
    with serving(*kind.good) as server:
        (found,) = await kind.make(server.base_url, installed).search(REQUESTS_GET)
    assert (found.title, found.url, found.text, found.kind) == (kind.title, kind.url, PLAIN, "web")
    assert datetime.datetime.fromisoformat(found.retrieved_at).tzinfo is not None


FAULTS = {
    "reset": (Reply(reset=True), "cannot be reached"),
    "401": (Reply({"detail": "no"}, 401), "refused"),
    "403": (Reply(b"<h1>Forbidden</h1>", 403, kind="text/html"), "refused"),
    "404": (Reply({}, 404), "404"),
    "429": (Reply({"code": "RATE_LIMITED"}, 429, {"retry-after": "120"}), "enough requests"),
    "500": (Reply(b"oops", 500, kind="text/plain"), "internal fault"),
    "302": (Reply({}, 302, {"location": "http://127.0.0.1:9/elsewhere"}), "302"),
    "HTML": (Reply(b"<html>Log in to the hotel</html>", kind="text/html"), "text/html instead of JSON"),
    "no type": (Reply({}, kind=""), "instead of JSON"),
    "broken": (Reply(b'{"results": ['), "cannot be read"),
    "deep": (Reply(b"[" * 100_000), "cannot be read"),
    "a list": (Reply([]), "cannot be read"),
    "not UTF-8": (Reply(b'{"results": "\xff"}'), "cannot be read"),
    "huge": (Reply(b" " * (LARGEST_BODY + 1)), "more than 2 MB"),
    "bomb": (Reply(gzip.compress(b" " * (LARGEST_BODY + 1)), headers={"content-encoding": "gzip"}), "more than 2 MB"),
    "bad gzip": (Reply(b"{}", headers={"content-encoding": "gzip"}), "cannot be reached"),
}


@ALL
@pytest.mark.parametrize(("reply", "words"), FAULTS.values(), ids=FAULTS.keys())
async def test_every_fault_is_one_clear_sentence(kind: Kind, reply: Reply, words: str, installed: Installed) -> None:
    with serving(reply) as server, pytest.raises(SourceUnavailable) as caught:
        await kind.make(server.base_url, installed).search(REQUESTS_GET)
    assert words in caught.value.what
    assert caught.value.next_step
    assert "secret-key" not in str(caught.value)


@pytest.mark.parametrize("reply", [Reply(hold=True), Reply({}, drip=True)], ids=["silent", "dripping"])
async def test_a_service_that_does_not_come_to_an_end_is_left(reply: Reply) -> None:
    with serving(reply) as server, pytest.raises(SourceUnavailable, match=r"did not answer in 0\.3 seconds"):
        await Tavily("", server.base_url, seconds=0.3).search(REQUESTS_GET)


async def test_nobody_there() -> None:
    with serving(Reply({})) as server:
        address = server.base_url
    with pytest.raises(SourceUnavailable, match="cannot be reached"):
        await SearXNG(address).search(REQUESTS_GET)


async def test_a_dead_source_delays_and_spoils_no_other(installed: Installed) -> None:
    good = KINDS["searxng"]
    with serving(Reply(hold=True)) as silent, serving(Reply(reset=True)) as broken, serving(*good.good) as well:
        sources = (Brave("k", silent.base_url, 60.0), Tavily("", broken.base_url), good.make(well.base_url, installed))
        found, problems = await gather(REQUESTS_GET, sources, deadline=2.0)
    assert [one.url for one in found] == [good.url]
    assert [problem.what.split()[0] for problem in problems] == ["Brave", "Tavily"]


SHAPELESS: list[Any] = [
    {},
    {"results": None, "items": None, "web": None},
    {"results": [None, 7, "x", []], "items": [None, 7], "web": {"results": [None]}},
    {"results": [{"title": 7, "url": [], "content": {}, "blocks": 7, "domain": None}], "items": [{"answer_id": "x"}]},
    {"results": {}, "items": {}, "web": []},
]


@ALL
@pytest.mark.parametrize("content", SHAPELESS)
async def test_json_of_another_shape_is_no_evidence(kind: Kind, content: Any, installed: Installed) -> None:
    with serving(Reply(content)) as server:
        assert list(await kind.make(server.base_url, installed).search(REQUESTS_GET)) == []


# The requests.


async def test_stackexchange_is_asked_for_accepted_answers_with_their_authors() -> None:
    with serving(*KINDS["stackexchange"].good) as server:
        await StackExchange(server.base_url, "a-key").search(REQUESTS_GET)
        questions, answers = server.seen
    assert questions.path == "/search/advanced"
    assert questions.parameters["q"] == "requests get"
    assert (questions.parameters["site"], questions.parameters["filter"]) == ("stackoverflow", "withbody")
    assert (questions.parameters["accepted"], questions.parameters["key"]) == ("True", "a-key")
    assert answers.path == "/answers/8"
    assert "a-key" not in repr(StackExchange(key="a-key"))


async def test_no_key_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(Reply({}), Reply({}), Reply({}, 401)) as server:
        for source in (StackExchange(server.base_url, "a-key"), Tavily("a-key", server.base_url)):
            await gather(REQUESTS_GET, (source,))
        _, problems = await gather(REQUESTS_GET, (Brave("a-key", server.base_url),))
    assert len(problems) == 1
    assert "a-key" not in f"{caplog.text} {problems}"


async def test_readthedocs_is_asked_for_the_installed_version_and_falls_back_to_the_default(
    installed: Installed,
) -> None:
    kind = KINDS["readthedocs"]
    with serving(*kind.good) as server:
        await kind.make(server.base_url, installed).search(REQUESTS_GET)
        (seen,) = server.seen
    assert seen.path == "/api/v3/search/"
    assert seen.parameters["q"] == "project:requests project:requests/2.34.2 project:requests/v2.34.2 get"


async def test_readthedocs_is_not_asked_about_what_is_documented_elsewhere(installed: Installed) -> None:
    with serving(Reply({})) as server:
        source = KINDS["readthedocs"].make(server.base_url, installed)
        assert await source.search(Query((), "numpy.mean", "numpy", "numpy", "2.4.6")) == []
        assert server.seen == []


async def test_searxng_is_asked_for_json() -> None:
    with serving(Reply({"results": []})) as server:
        assert await SearXNG(f"{server.base_url}/").search(REQUESTS_GET) == []
        (seen,) = server.seen
    assert (seen.path, seen.parameters["format"], seen.parameters["q"]) == ("/search", "json", "python requests get")


async def test_engines_that_failed_are_no_empty_result() -> None:
    failed = [["brave", "Suspended: too many requests"], ["google", "timeout"]]
    empty = Reply({"results": [], "unresponsive_engines": failed})
    with serving(empty) as server, pytest.raises(SourceUnavailable, match="brave, google"):
        await SearXNG(server.base_url).search(REQUESTS_GET)
    with serving(Reply({"results": [RESULT], "unresponsive_engines": failed})) as server:
        found = await SearXNG(server.base_url).search(REQUESTS_GET)
        assert len(found) == 1
        assert isinstance(found, Partial), "this is not to be remembered as all there is"


@pytest.mark.parametrize(
    ("key", "header", "value"),
    [("", "x-tavily-access-mode", "keyless"), ("tvly-secret", "authorization", "Bearer tvly-secret")],
)
async def test_tavily_with_and_without_a_key(key: str, header: str, value: str) -> None:
    with serving(Reply({"results": []})) as server:
        await Tavily(key, server.base_url).search(REQUESTS_GET)
        (seen,) = server.seen
    assert (seen.method, seen.path, seen.headers[header]) == ("POST", "/search", value)
    assert ("authorization" in seen.headers) is bool(key)
    assert seen.body["query"] == "python requests get"
    assert "tvly-secret" not in repr(Tavily(key))


async def test_brave_gets_its_key_and_no_wish_for_decorations() -> None:
    with serving(Reply({})) as server:
        await Brave("brave-secret", server.base_url).search(REQUESTS_GET)
        (seen,) = server.seen
    assert seen.headers["x-subscription-token"] == "brave-secret"
    assert (seen.path, seen.parameters["text_decorations"]) == ("/web/search", "false")
    assert "brave-secret" not in repr(Brave("brave-secret"))
    assert "brave-secret" not in repr(Request("/", "", headers={"x-subscription-token": "brave-secret"}))


async def test_the_words_that_were_sent_are_known_also_where_the_answer_is_a_fault(installed: Installed) -> None:
    with serving(Reply({}, 500)) as broken, serving(*KINDS["stackexchange"].good) as well, recording() as sent:
        await gather(REQUESTS_GET, (SearXNG(broken.base_url), StackExchange(well.base_url)))
    assert sorted(sent, key=lambda one: one.source) == [
        Sent("SearXNG", "python requests get"),
        Sent("StackExchange", "requests get"),
    ]


async def test_a_proxy_in_the_environment_is_used(environment: dict[str, str]) -> None:
    with serving(Reply({"results": [RESULT]})) as proxy:
        environment["HTTP_PROXY"] = environment["http_proxy"] = proxy.base_url.removesuffix(proxy.prefix)
        (found,) = await SearXNG("http://search.example").search(REQUESTS_GET)
        assert proxy.seen[0].target.startswith("http://search.example/search?")
    assert found.url == RESULT["url"]


# Leaving services alone.


def in_an_hour() -> str:
    return email.utils.format_datetime(
        datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1), usegmt=True
    )


THROTTLED = {"error_id": 502, "error_message": "too many requests, more available in 822 seconds"}
LIMITS = [
    Reply({}, 429, {"retry-after": "3600"}),
    Reply({}, 429, {"retry-after": in_an_hour()}),
    Reply({}, 429, {"retry-after": "soon"}),
    Reply({}, 429),
    Reply({}, 503, {"retry-after": "3600"}),
    Reply({}, 500),
    Reply({**THROTTLED, "error_name": "throttle_violation"}, 400),
    Reply({"items": [], **WRAPPER, "backoff": 600}),
    Reply({"items": [], **WRAPPER, "quota_remaining": 0}),
]


@pytest.mark.parametrize("reply", LIMITS)
async def test_a_service_that_wants_to_be_left_alone_is(reply: Reply) -> None:
    with serving(reply) as server:
        for attempt in range(3):
            source = StackExchange(server.base_url)  # a new one each time, as when settings change
            try:
                await source.search(REQUESTS_GET)
                assert attempt == 0
            except SourceUnavailable as error:
                assert attempt == 0 or "asked not to be asked again" in error.what
        assert len(server.seen) == 1


async def test_backoff_concerns_the_method_that_sent_it() -> None:
    with serving(Reply({"items": [QUESTION], "backoff": 600}), Reply({"items": [ANSWER]})) as server:
        assert len(await StackExchange(server.base_url).search(REQUESTS_GET)) == 1
        with pytest.raises(SourceUnavailable, match="10 minutes"):
            await StackExchange(server.base_url).search(REQUESTS_GET)


@pytest.mark.parametrize(("remaining", "reset", "asked"), [("0, 1834", "600, 9000", 1), ("1, 1834", "1, 9000", 2)])
async def test_braves_windows_are_lists(remaining: str, reset: str, asked: int) -> None:
    headers = {"x-ratelimit-limit": "1, 2000", "x-ratelimit-remaining": remaining, "x-ratelimit-reset": reset}
    with serving(Reply({}, headers=headers)) as server:
        assert await Brave("k", server.base_url).search(REQUESTS_GET) == []
        _, problems = await gather(REQUESTS_GET, (Brave("k", server.base_url),))
        assert len(server.seen) == asked
        assert len(problems) == 2 - asked


async def test_a_pause_has_an_end() -> None:
    with serving(Reply({})) as server:
        service = Service("It", server.base_url)
        service.pause(0.0)
        await service.ask(Request("/", ""))
        service.pause(1e9)
        with pytest.raises(GlossatorError, match="24 hours"):
            await service.ask(Request("/", ""))


# Text that means harm.

EVIL = [
    "[click](command:workbench.action.terminal.new)",
    "![x](https://evil.example/pixel.png)",
    "<img src=x onerror=alert(1)><script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "a\u202eb\u200bc\u2066d\x00e\x1bf",
    "<![x[ y",
    "<" * 5000,
    "$(sparkle) Copilot",
]


@ALL
@pytest.mark.parametrize("evil", EVIL)
async def test_text_is_plain_and_stays_inert(kind: Kind, evil: str, installed: Installed) -> None:
    def poison(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: poison(one) for key, one in value.items()}
        if isinstance(value, list):
            return [poison(one) for one in value]
        return f"{value} {evil} end." if isinstance(value, str) and ("GET" in value or "get" in value) else value

    replies = [Reply(poison(json.loads(reply.body))) for reply in kind.good]
    with serving(*replies) as server:
        found = await kind.make(server.base_url, installed).search(REQUESTS_GET)
    for one in found:
        shown = inert(f"{one.title} {one.text}")
        assert not any(mark in one.title + one.text for mark in ("\u202e", "\u200b", "\u2066", "\x00", "\x1b", "\n"))
        assert "<script" not in shown
        assert "](command:" not in shown.replace("\\]", "")
        assert "](https" not in shown.replace("\\]", "")
        assert len(one.title) <= 160
        assert len(one.text) <= 1_200


ADDRESSES: Sequence[Any] = [
    "http://plain.example/",
    "javascript:alert(1)",
    "command:workbench.action.terminal.new",
    "file:///etc/passwd",
    "https://user:password@evil.example/",
    "https://evil.example\\@good.example/",
    "https://evil.example/ x",
    "https://evil.example/\nx",
    "https:///nohost",
    "https://ex ample/",
    "https://evil.example:99999/",
    "https://[::1/",
    "https://" + "a" * 600 + ".example/",
    "//evil.example",
    "",
    None,
    7,
]


@pytest.mark.parametrize("address", ADDRESSES)
async def test_only_plain_https_addresses_are_taken(address: Any) -> None:
    with serving(Reply({"results": [{**RESULT, "url": address}]})) as server:
        assert await SearXNG(server.base_url).search(REQUESTS_GET) == []


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://a.example/x_(y)?q=<b>", "https://a.example/x_%28y%29?q=%3Cb%3E"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://A.example:8443/é#f", "https://a.example:8443/%C3%A9#f"),
    ],
)
async def test_addresses_are_made_fit_for_markdown(address: str, shown: str) -> None:
    with serving(Reply({"results": [{**RESULT, "url": address}]})) as server:
        (found,) = await SearXNG(server.base_url).search(REQUESTS_GET)
    assert found.url == shown
