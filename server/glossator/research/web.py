"""The door to the web: one JSON request at a time, with a limit for everything, and no error that is not ours.

Redirects are not followed (a key would travel along), nothing but JSON is read, and a service that asked to be left
alone is not asked again before. The HTTP library is loaded with the first request, not with the server.
"""

from __future__ import annotations

import asyncio
import email.utils
import importlib
import json
import logging
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from glossator.errors import SourceUnavailable
from glossator.research.journal import note

if TYPE_CHECKING:
    import httpx2

SECONDS = 3.0
LARGEST_BODY = 2_000_000
LONGEST_PAUSE = 24 * 3600.0
PAUSE_WITHOUT_A_WORD = 60.0
PAUSE_AFTER_A_FAULT = 30.0
USER_AGENT = "glossator (language server; asks only with the user's consent)"
# It logs every address in full, and StackExchange's key is a part of the address.
logging.getLogger("httpx2").setLevel(logging.WARNING)
# Of the process and not of the object: settings that change make new objects, and the service must not notice.
_not_before: dict[str, float] = {}


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask: ``parameters`` go into the address, ``body`` is sent as JSON. ``words`` are what the user sees;
    ``method`` names what can be paused by itself."""

    path: str
    words: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # keys are here
    body: Mapping[str, object] | None = None
    method: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Service:
    """A web service. ``advice`` is the next step where it refuses: which key, which setting."""

    name: str
    base_url: str
    advice: str = ""
    seconds: float = SECONDS

    async def ask(self, request: Request) -> Response:
        """The service's answer to a request.

        Raises:
            SourceUnavailable: it does not answer in time, refuses, asked to wait, or talks nonsense.
        """
        self._respect_pause(request.method)
        note(self.name, request.words)
        try:
            status, headers, body = await asyncio.wait_for(self._exchange(request), self.seconds)
        except (asyncio.TimeoutError, TimeoutError):
            self.pause(PAUSE_AFTER_A_FAULT)
            told = f"{self.name} did not answer in {self.seconds:g} seconds."
            raise SourceUnavailable(told, "Ask again later.") from None
        if status != 200:
            raise self._refusal(status, headers, body)
        return Response(status, headers, self._read(headers, body))

    def pause(self, seconds: float, method: str = "") -> None:
        """Do not ask again for some seconds: the whole service, or one method of it."""
        until = time.monotonic() + min(seconds, LONGEST_PAUSE)
        key = self.base_url + method
        _not_before[key] = max(until, _not_before.get(key, 0.0))

    def _respect_pause(self, method: str) -> None:
        latest = max(_not_before.get(key, 0.0) for key in (self.base_url, self.base_url + method))
        left = latest - time.monotonic()
        if left > 0:
            told = f"{self.name} asked not to be asked again for {_spell(left)}."
            raise SourceUnavailable(told, "The answer was made without it.")

    async def _exchange(self, request: Request) -> tuple[int, Mapping[str, str], bytes]:
        httpx2: Any = await asyncio.to_thread(importlib.import_module, "httpx2")
        headers = {"accept": "application/json", "user-agent": USER_AGENT, **request.headers}
        method, json_body = ("GET", None) if request.body is None else ("POST", request.body)
        try:
            verify = await asyncio.to_thread(_trusted)
            # No timeout of its own: `ask` has one for all of it, and drops of bytes would prolong this one for ever.
            # A client for each request: it belongs to no event loop and leaves nothing open when the server ends.
            async with httpx2.AsyncClient(verify=verify, timeout=None) as client:
                address = f"{self.base_url.rstrip('/')}{request.path}"
                async with client.stream(
                    method, address, params=dict(request.parameters), headers=headers, json=json_body
                ) as response:
                    return response.status_code, response.headers, await self._body(response)
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, ValueError, OSError) as error:
            self.pause(PAUSE_AFTER_A_FAULT)
            told = f"{self.name} cannot be reached: {type(error).__name__}."
            raise SourceUnavailable(told, "Check the network and its proxy settings.") from error

    async def _body(self, response: httpx2.Response) -> bytes:
        parts, size = [], 0
        async for part in response.aiter_bytes():
            parts.append(part)
            size += len(part)
            if size > LARGEST_BODY:
                told = f"{self.name} sent more than {LARGEST_BODY // 1_000_000} MB."
                raise SourceUnavailable(told, "The answer was made without it.")
        return b"".join(parts)

    def _refusal(self, status: int, headers: Mapping[str, str], body: bytes) -> SourceUnavailable:
        if status in (401, 403):
            return SourceUnavailable(f"{self.name} refused the request ({status}).", self.advice)
        if status == 429 or status >= 500:
            told = _wait(headers)
            self.pause(told if told is not None else PAUSE_WITHOUT_A_WORD if status == 429 else PAUSE_AFTER_A_FAULT)
            why = "has had enough requests for now" if status == 429 else "has an internal fault"
            return SourceUnavailable(f"{self.name} {why} ({status}).", "It is left alone for a while.")
        asked_to_wait = throttled(body)
        if asked_to_wait is not None:
            self.pause(asked_to_wait)
            told_so = f"{self.name} has had enough requests for now ({status})."
            return SourceUnavailable(told_so, "It is left alone for a while.")
        return SourceUnavailable(f"{self.name} answered with the status {status}.", self.advice)

    def _read(self, headers: Mapping[str, str], body: bytes) -> Mapping[str, Any]:
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json" and not kind.endswith("+json"):
            told = f"{self.name} answered with {kind or 'something unnamed'} instead of JSON."
            raise SourceUnavailable(told, self.advice or "A proxy or a login page may stand between.")
        try:
            content = json.loads(body)
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict):
            raise SourceUnavailable(f"{self.name} sent JSON that cannot be read.", "Ask again later.")
        return content


def throttled(body: bytes) -> float | None:
    """The seconds in StackExchange's ``throttle_violation``, which comes as a 400 and not as a 429."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or content.get("error_name") != "throttle_violation":
        return None
    words = str(content.get("error_message", "")).split()
    numbers = [float(word) for word, unit in pairwise(words) if word.isdigit() and unit.startswith("second")]
    return numbers[0] if numbers else PAUSE_WITHOUT_A_WORD


def _wait(headers: Mapping[str, str]) -> float | None:
    """``Retry-After``, in seconds or as a date; else the longest exhausted window of Brave's lists."""
    value = headers.get("retry-after", "").strip()
    if value.isdigit():
        return float(value)
    if value:
        try:
            return email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, OverflowError):
            return None
    return exhausted(headers)


def exhausted(headers: Mapping[str, str]) -> float | None:
    """The seconds until every window of a rate limit has requests left again, where one has none now.

    Brave's headers list a value for each window: ``X-RateLimit-Remaining: 0, 1834`` beside ``-Reset: 1, 963421``.
    """
    remaining = (one.strip() for one in headers.get("x-ratelimit-remaining", "").split(","))
    resets = (one.strip() for one in headers.get("x-ratelimit-reset", "").split(","))
    pairs = zip(remaining, resets, strict=False)
    return max((float(reset) for left, reset in pairs if left == "0" and reset.isdigit()), default=None)


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Certificates as the HTTP library trusts them, read once: that takes 40 ms."""
    httpx2: Any = importlib.import_module("httpx2")
    context: ssl.SSLContext = httpx2.create_ssl_context()
    return context


def _spell(seconds: float) -> str:
    if seconds > 7200:
        return f"{seconds / 3600:.0f} hours"
    return f"{seconds / 60:.0f} minutes" if seconds > 120 else f"{seconds:.0f} seconds"
