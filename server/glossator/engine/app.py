"""The engine's HTTP API: the part of OpenAI's that serves text, and ``/health`` and ``/stop`` of our own."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from glossator.engine.events import Finished, Text
from glossator.engine.question import Question, read_chat, read_completion
from glossator.engine.service import Answer, Service
from glossator.engine.shapes import Shape, error_body
from glossator.errors import GlossatorError, ModelMissing, TooLarge, WrongUse
from glossator.models.adapters import available, base_style, is_shipped
from glossator.models.store import local_models

Read = Callable[[Mapping[str, Any], str], Question]
MOST_BYTES = 16_000_000  # no model here reads a thousandth of it
CLIENT_CLOSED_REQUEST = 499  # nobody reads it; nginx's number for it

Handler = Callable[[Request], Awaitable[Response]]


def build_app(service: Service, token: str | None = None, *, only_listed: bool = False) -> ASGIApp:
    """The application; with a ``token``, only who presents it is served. ``only_listed``: no model but those that
    ``/v1/models`` lists, since a name can be any folder of this machine."""

    async def health(request: Request) -> Response:
        return JSONResponse(service.state.answer(service.active_jobs, service.working))

    async def models(request: Request) -> Response:
        return JSONResponse({"object": "list", "data": _models(service)})

    async def end(request: Request) -> Response:
        """With ``?when=idle`` only if nobody is being answered: who wants another version must not break that off."""
        if request.query_params.get("when") == "idle" and service.active_jobs:
            return JSONResponse({"stopping": False, "active_jobs": service.active_jobs}, 409)
        service.stopping = True
        return JSONResponse({"stopping": True})

    routes = [
        Route("/health", health),
        Route("/stop", end, methods=["POST"]),
        Route("/v1/models", models),
        Route("/v1/completions", _answering(service, read_completion, only_listed), methods=["POST"]),
        Route("/v1/chat/completions", _answering(service, read_chat, only_listed), methods=["POST"]),
    ]
    app = Starlette(routes=routes, exception_handlers={404: _no_such_path, 405: _no_such_path})
    return app if token is None else TokenCheck(app, token)


class TokenCheck:
    """Lets requests through that carry the bearer token: loopback is open to every user of the machine."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve or refuse one request."""
        given = dict(scope.get("headers", ())).get(b"authorization", b"")
        if scope["type"] == "http" and not hmac.compare_digest(given, self._expected):
            body = {"error": {"message": "The engine wants its bearer token.", "type": "authentication_error"}}
            await JSONResponse(body, 401)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _answering(service: Service, read: Read, only_listed: bool) -> Handler:
    async def handle(request: Request) -> Response:
        try:
            question = read(await _body(request), service.default_model)
            if only_listed:
                _require_listed(question.model, service)
            answer = service.ask(question)
        except GlossatorError as error:
            return _error(error)
        # Until the first event no status is sent: what fails early fails with a status of its own.
        response = await _unless_gone(request, _respond(answer, question))
        if not isinstance(response, AnswerStream):
            answer.close()
        return response

    return handle


async def _respond(answer: Answer, question: Question) -> Response:
    shape = Shape(question)
    try:
        first = await answer.next()
        if question.stream:
            return AnswerStream(answer, _lines(answer, shape, first))
        events = [first, *[event async for event in answer.rest()]]
    except Exception as error:
        return _error(error)
    texts = [event for event in events if isinstance(event, Text)]
    return JSONResponse(shape.whole(texts, next(event for event in events if isinstance(event, Finished))))


class AnswerStream(StreamingResponse):
    """Server-sent events. However it ends, also when the client is gone, the work behind it ends too."""

    def __init__(self, answer: Answer, lines: AsyncIterator[str]) -> None:
        super().__init__(lines, media_type="text/event-stream", headers={"Cache-Control": "no-cache"})
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events; starlette cancels this when the client disconnects."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._answer.close()


async def _lines(answer: Answer, shape: Shape, first: Text | Finished) -> AsyncIterator[str]:
    try:
        for chunk in _chunks(shape, first):
            yield _line(chunk)
        async for event in answer.rest():
            for chunk in _chunks(shape, event):
                yield _line(chunk)
    except Exception as error:
        yield _line(error_body(error)[1])
    yield "data: [DONE]\n\n"


def _chunks(shape: Shape, event: Text | Finished) -> list[dict[str, Any]]:
    return [shape.piece(event)] if isinstance(event, Text) else shape.end(event)


def _line(chunk: dict[str, Any]) -> str:
    return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n"


async def _unless_gone(request: Request, work: Coroutine[Any, Any, Response]) -> Response:
    """Wait for the response, but not longer than the client does."""
    working, gone = asyncio.create_task(work), asyncio.create_task(_gone(request))
    try:
        await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else Response(status_code=CLIENT_CLOSED_REQUEST)
    finally:
        working.cancel()
        gone.cancel()
        await asyncio.gather(working, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _body(request: Request) -> Mapping[str, Any]:
    read = bytearray()
    async for piece in request.stream():
        read += piece
        if len(read) > MOST_BYTES:
            raise TooLarge(f"The body is longer than {MOST_BYTES // 10**6} MB.", "Send less.")
    try:
        body = json.loads(read)
    except (ValueError, RecursionError) as error:  # also text that is not UTF-8, and lists in lists without end
        raise WrongUse(f"The body is not JSON: {error}.", "Send a JSON object.") from error
    if not isinstance(body, dict):
        raise WrongUse("The body must be a JSON object.", "Send one with 'prompt' or 'messages'.")
    return body


def _models(service: Service) -> list[dict[str, Any]]:
    names = [service.default_model, *(model.name for model in local_models() if model.state != "not pulled")]
    bases = [_entry(name, {"adapter": None, "adapter_type": None, "prompt_style": base_style(name)}) for name in names]
    adapted = [
        _entry(
            f"{service.default_model}:{one.name}",
            {"adapter": one.name, "adapter_type": one.type, "prompt_style": one.prompt_style, "made_for": one.base},
            parent=service.default_model,
        )
        for one in available()
        if not is_shipped(one.name) or one.base == service.default_model
    ]
    return list({entry["id"]: entry for entry in (*bases, *adapted)}.values())


def _entry(name: str, extension: dict[str, Any], parent: str | None = None) -> dict[str, Any]:
    """One row of ``/v1/models``, an adapter's in the form of vLLM's."""
    owner = {"object": "model", "created": 0, "owned_by": "glossator", "root": name, "parent": parent}
    return {"id": name, **owner, "glossator": extension}


def _require_listed(name: str, service: Service) -> None:
    listed = [str(model["id"]) for model in _models(service)]
    if not any(name == one or name.startswith(f"{one}:") for one in listed):
        raise ModelMissing(f"There is no model {name!r} here.", f"There are: {', '.join(listed)}.")


def _error(error: Exception) -> Response:
    status, body = error_body(error)
    return JSONResponse(body, status, {"Retry-After": "1"} if status == 429 else None)


async def _no_such_path(request: Request, error: Exception) -> Response:
    message = f"There is no {request.method} {request.url.path} here."
    next_step = "Served are /health, /v1/models, /v1/completions and /v1/chat/completions."
    body = {
        "error": {"message": f"{message} {next_step}", "type": "invalid_request_error", "param": None, "code": None}
    }
    return JSONResponse(body, getattr(error, "status_code", 404))
