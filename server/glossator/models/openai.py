"""The port ``Model`` over the OpenAI API: one client for our engine and for every server that speaks it."""

from __future__ import annotations

import asyncio
import email.utils
import importlib
import re
import secrets
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from glossator import errors
from glossator.errors import GlossatorError, ModelMissing, ModelUnavailable, WrongUse
from glossator.models.base import Piece, Prompt, Seen, Usage
from glossator.models.credentials import NO_KEY, masked
from glossator.models.dialect import Dialect
from glossator.models.faults import ModelFault
from glossator.models.spelling import CALLS_AND_SCHEMAS, Spelled, Spelling, ToolCalls, beyond_text, prompt_style, turn

if TYPE_CHECKING:  # 25 MB and half a second: only a process that asks a model pays for them
    import httpx2
    import openai

    Connect = Callable[[], httpx2.AsyncClient]


EVENT_STREAM = "text/event-stream"
_PREAMBLE = re.compile(r"^Error code: \d+ - ")  # the client's own
PAUSE_WITHOUT_A_WORD = 60.0
# A refused key is refused again, and each try may count against the account.
PAUSE_AFTER_REFUSAL = 300.0
STYLE_SECONDS = 5.0
EARLIER = 0.95
# This process among those that share an engine, so that one with many questions does not hold up the others.
WINDOW = secrets.token_hex(8)


class NotListening(ModelFault):
    """Nobody is there, or ended before it began to answer: so nothing was said yet, and one may ask again."""


@dataclass
class Stage:
    """How far a request is: whether its answer has begun."""

    answering: bool = False


@dataclass
class OpenAIModel:
    """A model behind ``base_url`` (with ``/v1``). ``connect`` makes the HTTP client, for a socket of one's own.

    ``extensions`` sends and expects what only our engine knows: the priority, adapters, figures about reuse and time,
    and which style of prompt the model was trained on. ``abilities`` is what beyond plain text is tried; what the
    endpoint refuses is not tried again. ``find_key`` gives the key when the first question comes, and ``key_place``
    says in words where it is.
    """

    base_url: str
    model: str
    backend: str
    api_key: str = field(default=NO_KEY, repr=False)
    connect: Connect | None = None
    extensions: bool = False
    find_key: Callable[[], str] | None = field(default=None, repr=False)
    key_place: str = ""
    abilities: frozenset[str] = CALLS_AND_SCHEMAS
    _spellings: dict[str, Spelling] = field(default_factory=dict, repr=False)  # by adapter
    _client: openai.AsyncOpenAI | None = field(default=None, repr=False)
    _dialect: Dialect = field(default_factory=Dialect, repr=False)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """The answer piece by piece. The deadline ends it with what is there, with the finish reason "deadline".

        Raises:
            NotListening: nobody is there.
            ModelUnavailable: the endpoint refuses, breaks off, or talks nonsense.
            ModelMissing: the endpoint does not have the model.
            WrongUse: the endpoint cannot serve this prompt.
        """
        spelling = await self._known_spelling(prompt)
        while True:
            spelled = spelling.choose(prompt)
            try:
                async with aclosing(self._answer(spelled)) as pieces:
                    async for piece in pieces:
                        yield piece
                return
            except WrongUse as error:  # raised before any piece
                if not spelling.refuse(spelled, str(error)):
                    raise

    async def _known_spelling(self, prompt: Prompt) -> Spelling:
        """How this model wants to be asked; our engine says it of itself, once."""
        if prompt.adapter not in self._spellings:
            style = "chat"
            if self.extensions and not prompt.completing:
                return Spelling(frozenset())  # not worth a question
            if self.extensions:
                style = await self._said_style(self._named(prompt))
            abilities = frozenset[str]() if self.extensions else self.abilities
            self._spellings[prompt.adapter] = Spelling(abilities, style)
        return self._spellings[prompt.adapter]

    def _named(self, prompt: Prompt) -> str:
        """The model as the endpoint calls it; our engine's adapters are models."""
        return f"{self.model}:{prompt.adapter}" if prompt.adapter and self.extensions else self.model

    async def _said_style(self, model: str) -> str:
        client: Any = await self._connected()
        try:
            async with self._translated(Stage()):
                listed = await asyncio.wait_for(client.get("/models", cast_to=object), STYLE_SECONDS)
        except NotListening:
            raise
        except GlossatorError:  # an engine that does not say: its refusal of a chat will
            return "chat"
        return prompt_style(listed, model)

    async def _answer(self, spelled: Spelled) -> AsyncGenerator[Piece, None]:
        began, so_far, usage, prompt = time.monotonic(), None, None, spelled.prompt
        stage, calls = Stage(), ToolCalls()
        async with self._translated(stage), aclosing(self._chunks(spelled, stage)) as chunks:
            while (chunk := await _next(chunks, began + prompt.deadline)) is not None:
                usage = self._usage(chunk, usage)
                calls.add(chunk)
                if text := _text(chunk):
                    so_far = self._so_far(chunk, so_far.completion_tokens + 1 if so_far else 1, began)
                    yield Piece(text, so_far, logprobs=_logprobs(chunk), choice=chunk.choices[0].index or 0)
            ended = usage or self._cut_off(prompt, so_far, began)
        yield Piece("", ended, calls.whole())

    async def close(self) -> None:
        """Give the connections back. The next question opens new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _chunks(self, spelled: Spelled, stage: Stage) -> AsyncGenerator[Any, None]:
        prompt = spelled.prompt
        client: Any = await self._connected()  # its overloads want literals where we join options
        options: dict[str, Any] = {
            "model": self._named(prompt),
            "max_tokens": prompt.max_tokens,
            "temperature": 0,
            "stream": True,
            "stream_options": {"include_usage": True},
            "extra_body": _extension(prompt) if self.extensions else None,
        }
        if prompt.stop:
            options["stop"] = list(prompt.stop)
        if prompt.scores and self.extensions and not prompt.messages:
            options["logprobs"] = 0
        if prompt.alternatives > 1 and self.extensions:
            options["n"] = prompt.alternatives
        if prompt.messages:
            messages = [turn(message) for message in prompt.messages]
            options.update(beyond_text(spelled))
            chunks = await self._create(client.chat.completions.create, {"messages": messages, **options})
        else:
            suffix = {"suffix": prompt.suffix} if prompt.suffix else {}
            chunks = await self._create(client.completions.create, {"prompt": prompt.text, **suffix, **options})
        self._require_stream(chunks.response)
        stage.answering = True
        async with chunks:  # closing it closes the connection, which stops the work behind it
            async for chunk in chunks:
                yield chunk

    async def _create(self, create: Any, options: dict[str, Any]) -> Any:
        """Ask; once more for each parameter that the server refuses and that can be done without."""
        import openai

        while True:
            try:
                return await create(**self._dialect.spell(options))
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                if not self._dialect.learn(str(error.message)):
                    raise

    def _require_stream(self, response: Any) -> None:
        """Whatever else comes with status 200 is a login page, or a server that cannot stream; openai reads nothing
        out of it, which would pass for an empty answer."""
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in ("", EVENT_STREAM):
            told = f"{self.backend} answered with {kind} instead of a stream."
            raise ModelFault(told, "Check its url; a proxy or a login page may stand between.")

    async def _connected(self) -> openai.AsyncOpenAI:
        if self._client is None:
            module: Any = await asyncio.to_thread(importlib.import_module, "openai")
            if self.find_key is not None:
                self.api_key = await asyncio.to_thread(self.find_key)
            client = module.AsyncOpenAI(
                base_url=self.base_url,
                api_key=self.api_key,
                max_retries=0,  # whether to ask again is decided where other backends are known
                timeout=None,  # the prompt's deadline holds
                http_client=await asyncio.to_thread(self.connect) if self.connect else None,
            )
            self._client = self._client or client
        return self._client

    def _usage(self, chunk: Any, known: Usage | None) -> Usage | None:
        reasons = [choice.finish_reason for choice in chunk.choices if choice.finish_reason]
        numbers = getattr(chunk, "usage", None)
        if not reasons and numbers is None:
            return known
        extension = (chunk.model_extra or {}).get("glossator") or {}
        details = getattr(numbers, "prompt_tokens_details", None)
        cached = getattr(details, "cached_tokens", None) or 0
        return Usage(
            backend=self.backend,
            model=chunk.model or self.model,
            adapter=extension.get("adapter"),
            prompt_tokens=numbers.prompt_tokens if numbers else 0,
            completion_tokens=numbers.completion_tokens if numbers else 0,
            reused_tokens=extension.get("reused_tokens", cached),
            finish_reason=reasons[0] if reasons else known.finish_reason if known else "stop",
            timings_ms=extension.get("timings_ms", {}),
            note=extension.get("note", ""),
            seen=_seen(extension),
        )

    def _so_far(self, chunk: Any, count: int, began: float) -> Usage:
        """The usage up to a piece, for whoever stops listening there."""
        extension = (chunk.model_extra or {}).get("glossator") or {}
        return Usage(
            backend=self.backend,
            model=chunk.model or self.model,
            adapter=extension.get("adapter"),
            prompt_tokens=extension.get("prompt_tokens", 0),
            completion_tokens=extension.get("completion_tokens", count),
            reused_tokens=extension.get("reused_tokens", 0),
            finish_reason="unfinished",
            note=extension.get("note", ""),
            seen=_seen(extension),
            timings_ms=extension.get("timings_ms") or {"answering": round((time.monotonic() - began) * 1000, 1)},
        )

    def _cut_off(self, prompt: Prompt, so_far: Usage | None, began: float) -> Usage:
        """The usage of an answer whose end never came: by its deadline, or because the server left it out."""
        late = time.monotonic() - began >= prompt.deadline
        reason = "deadline" if late else "cut_off"
        return replace(so_far or Usage(self.backend, self.model), finish_reason=reason)

    @asynccontextmanager
    async def _translated(self, stage: Stage) -> AsyncIterator[None]:
        """Errors of openai, of the HTTP library and of broken answers, as ours."""
        try:
            yield
        except (GlossatorError, asyncio.CancelledError, GeneratorExit):
            raise
        except Exception as error:
            told = translate(error, self.backend, stage.answering, self.key_place)
            told.what = masked(told.what, self.api_key)
            told.args = (told.what, told.next_step)
            raise told from (error if masked(str(error), self.api_key) == str(error) else None)


def _extension(prompt: Prompt) -> dict[str, Any]:
    """What only our own engine is told."""
    # A little before our own clock says so, the engine hands over what it has, with its figures.
    place: dict[str, Any] = {"client": WINDOW, "path": prompt.path, "deadline": EARLIER * prompt.deadline}
    if prompt.ending is not None:
        place["ending"] = asdict(prompt.ending)
    if prompt.middle:
        place["middle"] = prompt.middle
    if prompt.passages:
        place["passages"] = [{"path": one.path, "text": one.text, "rank": one.rank} for one in prompt.passages]
        place["passage_tokens"] = prompt.passage_tokens
    return {"priority": int(prompt.priority), "glossator": place}


def _seen(extension: dict[str, Any]) -> tuple[Seen, ...]:
    """What our engine says that the model read."""
    return tuple(
        Seen(str(part), int(tokens), "", characters) for part, tokens, characters in extension.get("seen") or ()
    )


def translate(error: Exception, backend: str, answering: bool, key_place: str = "") -> GlossatorError:
    """What a client library raised, as a sentence about ``backend``, which had begun to answer or had not."""
    import httpx2
    import openai

    if isinstance(error, openai.APIConnectionError) and not answering:
        if (distrust := _distrust(error)) is not None:
            return distrust_of(backend, distrust)
        return NotListening(f"{backend} does not answer.", "Start it, or choose another backend.", again=True)
    if isinstance(error, openai.APIConnectionError | httpx2.HTTPError):
        return ModelFault(f"{backend} broke off its answer.", "Ask again.", again=True)
    if isinstance(error, openai.APIError):
        return _refused(error, backend, key_place)
    return ModelFault(f"{backend} answered what cannot be read: {type(error).__name__}: {error}.")


def distrust_of(backend: str, error: ssl.SSLCertVerificationError) -> ModelFault:
    """The sentence about a certificate that nobody we know has signed."""
    advice = (
        "If a proxy of your company stands between, name the file with its certificate in the environment variable "
        "SSL_CERT_FILE, or ask whoever runs it."
    )
    told = f"The certificate of {backend} is not trusted here ({error.verify_message.rstrip('.')})."
    return ModelFault(told, advice, wait=PAUSE_WITHOUT_A_WORD)


def _distrust(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """The refused certificate among the causes of an error."""
    seen = 0
    while error is not None and seen < 10:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error
        error, seen = error.__cause__ or error.__context__, seen + 1
    return None


def _refused(error: openai.APIError, backend: str, key_place: str) -> GlossatorError:
    detail = error.body.get("glossator") if isinstance(error.body, dict) else None
    if isinstance(detail, dict):  # our engine's own error: raise it again as it was
        kind = getattr(errors, str(detail.get("kind")), ModelUnavailable)
        return kind(detail.get("what", ""), detail.get("next_step", ""))
    status = getattr(error, "status_code", None) or 0
    said = f"{backend} refuses ({status or 'in its answer'}): {_brief(error.message)}."
    if status in (400, 413, 422):
        return WrongUse(said)
    if status in (404, 405, 501):
        return ModelMissing(said, "Check its url and its model.")
    if status in (401, 403):
        advice = f"Check its API key: it comes from {key_place}." if key_place else "Check its API key."
        return ModelFault(said, advice, wait=PAUSE_AFTER_REFUSAL)
    headers = getattr(getattr(error, "response", None), "headers", {})
    if status == 429:
        wait = _wait(headers)
        return ModelFault(said, f"Wait {wait:.0f} seconds, then try again.", again=True, wait=wait)
    if 300 <= status < 400:
        told = f"{backend} wants to lead elsewhere ({status}), to {headers.get('location', '?')[:200]}."
        return ModelFault(told, "Nothing was sent there. If it is right, set the backend's url to it.")
    return ModelFault(said, "Ask again later.", again=status >= 500, wait=_wait(headers, 0.0) if status == 503 else 0.0)


def _brief(message: str) -> str:
    """A service's own words, cut: some send whole pages."""
    text = _PREAMBLE.sub("", " ".join(message.split())).rstrip(".")
    return text if len(text) <= 300 else f"{text[:300]} …"


def _wait(headers: Any, otherwise: float = PAUSE_WITHOUT_A_WORD) -> float:
    """``Retry-After`` in seconds, which may also come as a date or, finer, as ``retry-after-ms``."""
    try:
        if milliseconds := headers.get("retry-after-ms", ""):
            return max(float(milliseconds) / 1000, 0.0)
        value = headers.get("retry-after", "").strip()
        if not value:
            return otherwise
        if value.replace(".", "", 1).isdigit():
            return float(value)
        return max(email.utils.parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except (ValueError, OverflowError):
        return otherwise


async def _next(chunks: AsyncGenerator[Any, None], deadline: float) -> Any | None:
    """The next chunk, or None at the end and at the deadline (in seconds of the monotonic clock)."""
    try:
        return await asyncio.wait_for(anext(chunks), max(deadline - time.monotonic(), 0))
    except (StopAsyncIteration, asyncio.TimeoutError):
        return None


def _logprobs(chunk: Any) -> tuple[float, ...]:
    scores = getattr(chunk.choices[0], "logprobs", None)
    return tuple(getattr(scores, "token_logprobs", None) or ())


def _text(chunk: Any) -> str:
    if not chunk.choices:
        return ""
    choice = chunk.choices[0]
    return (choice.delta.content if hasattr(choice, "delta") else choice.text) or ""
