"""Every fault of a backend: the sentence that the user sees, and whether the next backend was asked."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import dataclass

import openai  # noqa: F401  loaded before any patience is counted
import pytest
import trustme

from glossator.errors import GlossatorError
from glossator.models.base import Prompt, read
from glossator.models.endpoint import endpoint
from glossator.models.fallback import Backend, Breaker, FallbackModel
from glossator.models.openai import OpenAIModel
from tests.models.misbehaving import DONE, HANG, HEAD, RESET, Act, Server, chunk, event, refusal, serving, stream

ASKED = Prompt(text="def f", deadline=20.0)
LOGIN = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\nConnection: close\r\n\r\n<h1>Log in</h1>"
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
PATIENCE = 1.0


@dataclass(frozen=True)
class Fault:
    """What the first backend does, what the user would see of it, and whether the second one answers instead."""

    acts: Sequence[Act]
    says: str
    next_step: str = ""
    fails_over: bool = True


FAULTS = {
    "hangs": Fault([HANG], "first at localhost did not begin to answer in 1 s.", "Ask again later."),
    "hangs after its head": Fault([HEAD, HANG], "first at localhost did not begin to answer in 1 s."),
    "slow first byte": Fault([HEAD, 30.0, *stream("late")[1:]], "did not begin to answer in 1 s."),
    "resets": Fault([RESET], "first at localhost does not answer.", "Start it, or choose another backend."),
    "closes without a word": Fault([], "first at localhost does not answer."),
    "no HTTP": Fault([b"220 mail ready\r\n\r\n"], "first at localhost does not answer."),
    "401": Fault(
        refusal(401, "No such key."),
        "first at localhost refuses (401): No such key.",
        "Check its API key: it comes from the environment variable FIRST_KEY.",
    ),
    "403": Fault(refusal(403, "Not you."), "first at localhost refuses (403): Not you.", "FIRST_KEY"),
    "404": Fault(
        refusal(404, "There is no model m."),
        "first at localhost refuses (404): There is no model m.",
        "Check its url and its model.",
    ),
    "400": Fault(refusal(400, "Too long."), "first at localhost refuses (400): Too long."),
    "429": Fault(
        refusal(429, "Slow down.", Retry_After="7"),
        "first at localhost refuses (429): Slow down.",
        "Wait 7 seconds, then try again.",
    ),
    "500": Fault(refusal(500, "Oh no."), "first at localhost refuses (500): Oh no.", "Ask again later."),
    "a page of errors": Fault(refusal(502, "x " * 5000), "…", "Ask again later."),
    "garbage at once": Fault([HEAD, b"data: {nonsense\n\n"], "first at localhost answered what cannot be read"),
    "an error as first event": Fault(
        [HEAD, event({"error": {"message": "Out of memory."}})],
        "first at localhost refuses (in its answer): Out of memory.",
    ),
    "a login page": Fault(
        [LOGIN],
        "first at localhost answered with text/html instead of a stream.",
        "Check its url; a proxy or a login page may stand between.",
    ),
    "garbage in the stream": Fault([HEAD, chunk("a"), b"data: {nonsense\n\n"], "cannot be read", fails_over=False),
    "reset in the stream": Fault(
        [CHUNKED, b"%x\r\n%s\r\n" % (len(chunk("a")), chunk("a")), 0.2, RESET],
        "first at localhost broke off its answer.",
        "Ask again.",
        fails_over=False,
    ),
    "half a stream": Fault(
        [CHUNKED, b"%x\r\n%s\r\n" % (len(chunk("a")), chunk("a"))],
        "first at localhost broke off its answer.",
        fails_over=False,
    ),
}  # fmt: skip


def backend(server: Server, name: str, patience: float = PATIENCE, retries: int = 0) -> tuple[Backend, OpenAIModel]:
    place = endpoint(name, server.url, True, False)
    model = OpenAIModel(
        place.url,
        "m",
        place.label,
        connect=place.client,
        find_key=lambda: "the-planted-key",
        key_place=f"the environment variable {name.upper()}_KEY",
    )
    return Backend(place.label, model, patience, retries, Breaker(place.label)), model


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_the_sentence_and_the_next_backend(fault: Fault) -> None:
    async with serving(fault.acts) as bad, serving(stream("good")) as good:
        (first, one), (second, two) = backend(bad, "first"), backend(good, "second", 20.0)
        try:
            if fault.fails_over:
                text, said = await read(FallbackModel([first, second]), ASKED)
                assert (text, said.backend if said else "") == ("good", "second at localhost")
            else:
                with pytest.raises(GlossatorError):
                    await read(FallbackModel([first, second]), ASKED)
                assert good.requests == []
            assert first.breaker is not None
            first.breaker.opened = 0
            dead = Backend("second at localhost", OpenAIModel("http://localhost:9/v1", "m", "second at localhost"))
            with pytest.raises(GlossatorError) as caught:
                await read(FallbackModel([first, dead] if HANG in fault.acts or 30.0 in fault.acts else [first]), ASKED)
        finally:
            await one.close()
            await two.close()
    told = str(caught.value)
    assert fault.says in told and (fault.next_step in told or "Nobody answered." in told), told
    assert "the-planted-key" not in repr(caught.value) and "\n" not in told and len(told) < 600


async def test_half_a_stream_without_a_frame_is_marked_and_kept() -> None:
    async with serving([HEAD, chunk("a")]) as bad:
        first, model = backend(bad, "first")
        text, said = await read(FallbackModel([first]), ASKED)
        await model.close()
    assert (text, said.finish_reason if said else "") == ("a", "cut_off")


async def test_an_empty_answer_is_an_answer() -> None:
    async with serving([HEAD, chunk("", "stop"), DONE]) as quiet, serving(stream("good")) as good:
        (first, one), (second, two) = backend(quiet, "first"), backend(good, "second")
        text, _ = await read(FallbackModel([first, second]), ASKED)
        await one.close()
        await two.close()
    assert (text, good.requests) == ("", [])


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_takes_neither_key_nor_code_elsewhere(status: int) -> None:
    async with serving(stream("stolen")) as thief, serving(refusal(status, "Moved.", Location=thief.url)) as bad:
        first, model = backend(bad, "first")
        with pytest.raises(GlossatorError) as caught:
            await read(FallbackModel([first]), ASKED)
        await model.close()
    assert thief.requests == []
    assert str(caught.value) == (
        f"first at localhost wants to lead elsewhere ({status}), to {thief.url}. "
        "Nothing was sent there. If it is right, set the backend's url to it."
    )


async def test_a_certificate_that_nobody_trusts_names_the_way_out() -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    async with serving(stream("unseen"), tls=context) as bad, serving(stream("good")) as good:
        (first, one), (second, two) = backend(bad, "first"), backend(good, "second")
        text, _ = await read(FallbackModel([first, second]), ASKED)
        with pytest.raises(GlossatorError) as caught:
            await read(one, ASKED)
        await one.close()
        await two.close()
    assert (text, bad.requests) == ("good", [])
    assert str(caught.value).startswith("The certificate of first at localhost is not trusted here (")
    assert "SSL_CERT_FILE" in str(caught.value)


async def test_a_fault_that_may_pass_is_tried_again_and_one_that_will_not_is_not() -> None:
    async with serving(refusal(500, "Oh no."), stream("good")) as flaky, serving(refusal(401, "No.")) as strict:
        (first, one), (second, two) = backend(flaky, "first", 20.0, 1), backend(strict, "second", 20.0, 3)
        assert (await read(FallbackModel([first]), ASKED))[0] == "good"
        with pytest.raises(GlossatorError):
            await read(FallbackModel([second]), ASKED)
        await one.close()
        await two.close()
    assert (len(flaky.requests), len(strict.requests)) == (2, 1)


async def test_a_key_that_a_service_repeats_is_masked() -> None:
    async with serving(refusal(401, "Incorrect API key provided: the-planted-key.")) as bad:
        first, model = backend(bad, "first")
        with pytest.raises(GlossatorError) as caught:
            await read(FallbackModel([first]), ASKED)
        await model.close()
    assert "provided: ***." in str(caught.value)
    shown = f"{caught.value!r} {caught.value.args} {caught.value.__cause__!r} {model!r} {first!r}"
    assert "the-planted-key" not in shown


async def test_what_a_model_does_not_take_is_left_out() -> None:
    refusals = (
        refusal(400, "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead."),
        refusal(400, "Unsupported value: 'temperature' does not support 0 with this model."),
    )
    async with serving(*refusals, stream("good")) as server:
        first, model = backend(server, "first")
        assert (await read(FallbackModel([first]), ASKED))[0] == "good"
        assert (await read(FallbackModel([first]), ASKED))[0] == "good"
        await model.close()
    *_, third, fourth = server.requests
    assert len(server.requests) == 4, "it is learnt once"
    assert third.body == fourth.body and third.body["max_completion_tokens"] == ASKED.max_tokens
    assert not {"max_tokens", "temperature"} & third.body.keys()
