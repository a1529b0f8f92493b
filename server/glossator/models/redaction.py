"""Secrets in a text to placeholders of stable shape, before anything leaves this machine. The rest stays as it is.

Our own patterns for what detect-secrets misses (Hugging Face, Tavily, Google, connection strings …), and its plugins
but for the two of entropy, which take `"bigcode/starcoderbase"` for a secret. Its plugins only search here: what they
offer beyond that, verifying a secret, would send it. Figures: ``tests/bench/redaction.py``.
"""

from __future__ import annotations

import asyncio
import importlib
import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from glossator.models.base import Message, Model, Piece, Prompt

LEAST_SECRET = 6
LONGEST_LINE = 4_000
_QUOTED = r"""(?P<q>["'`])(?P<secret>[^"'`\s]{6,})(?P=q)"""
_NAMED = r"(?:password|passwd|passphrase|pwd|secret|api_?key|access_?key|private_?key|auth_?token|access_?token|token)"
# A pattern's group ``secret`` is replaced; without one, all of it.
PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("HUGGING_FACE", r"\bhf_[A-Za-z0-9]{16,}\b"),
        ("ANTHROPIC", r"\bsk-ant-[A-Za-z0-9_-]{16,}"),
        ("OPENAI", r"\bsk-(?:proj-|svcacct-|admin-|or-v1-)?[A-Za-z0-9_-]{20,}"),
        ("GITHUB", r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{22,})"),
        ("SLACK", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxapp-\d-[A-Za-z0-9-]{10,}"),
        ("SLACK", r"https://hooks\.slack\.com/(?:services|workflows)/(?P<secret>[A-Za-z0-9/_-]{10,})"),
        ("GITLAB", r"\bgl(?:pat|ptt|dt|rt|cbt|soat)-[A-Za-z0-9_.=-]{20,}"),
        ("GOOGLE", r"\bAIza[A-Za-z0-9_-]{30,}|\bya29\.[A-Za-z0-9_-]{20,}|\bGOCSPX-[A-Za-z0-9_-]{20,}"),
        ("TAVILY", r"\btvly-[A-Za-z0-9_-]{10,}"),
        ("AWS", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b"),
        ("AWS", r"(?i)aws.{0,20}?(?:secret|key).{0,20}?[=:,(\s\"'](?P<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])"),
        ("STRIPE", r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}|\bwhsec_[A-Za-z0-9]{20,}"),
        ("PYPI", r"\bpypi-[A-Za-z0-9_-]{30,}"),
        ("NPM", r"\bnpm_[A-Za-z0-9]{30,}\b"),
        ("GROQ", r"\bgsk_[A-Za-z0-9]{30,}\b"),
        ("SENDGRID", r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
        ("JWT", r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?"),
        ("CONNECTION", r"\b[A-Za-z][A-Za-z0-9+.-]*://[^\s:/@\"'{}<>]*:(?P<secret>[^\s/@\"'{}<>]+)@"),
        (
            "CONNECTION",
            r"(?i)\b(?:AccountKey|SharedAccessKey|SharedAccessSignature)=(?P<secret>[A-Za-z0-9+/=%&-]{16,})",
        ),
        ("PASSWORD", r"(?i)\b(?:password|pwd)\s*=\s*(?P<secret>[^\s;\"'(){}\[\],]{4,})(?=;)"),
        ("BEARER", r"(?i)\b(?:bearer|basic)\s+(?P<secret>[A-Za-z0-9._~+/-]{16,}=*)"),
        (
            "PLAIN_PASSWORD",
            rf"(?i)(?:password|passwd|passphrase|pwd)[\"']?\]?\s*(?::\s*\w+\s*)?(?:=|:)\s*[bru]?{_QUOTED}",
        ),
        ("PASSWORD", rf"(?i){_NAMED}\w*[\"']?\]?\s*(?::\s*\w+\s*)?(?:=|:|=>|,)\s*[brfu]?{_QUOTED}"),
        (
            "PASSWORD",
            r"(?i)^\s*(?:export\s+)?[A-Z0-9_]*(?:PASSWORD|SECRET|TOKEN|API_KEY)\s*=\s*(?P<secret>[^\s\"'()$,]{8,})$",
        ),
    )
)
# From the first line of a private key to its last, or to where the text ends; and its end, where the text begins in it.
_KEY = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----\s*(?P<secret>.*?)"
    r"\s*(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
_KEY_END = re.compile(r"\A(?P<secret>(?:[ \t]*[A-Za-z0-9+/=]{20,}[ \t]*\r?\n)+)[ \t]*-----END [A-Z ]*PRIVATE KEY")
_PLUGINS = {
    "artifactory": "ArtifactoryDetector",
    "azure_storage_key": "AzureStorageKeyDetector",
    "basic_auth": "BasicAuthDetector",
    "cloudant": "CloudantDetector",
    "discord": "DiscordBotTokenDetector",
    "github_token": "GitHubTokenDetector",
    "gitlab_token": "GitLabTokenDetector",
    "jwt": "JwtTokenDetector",
    "mailchimp": "MailchimpDetector",
    "npm": "NpmDetector",
    "openai": "OpenAIDetector",
    "pypi_token": "PypiTokenDetector",
    "sendgrid": "SendGridDetector",
    "slack": "SlackDetector",
    "square_oauth": "SquareOAuthDetector",
    "stripe": "StripeDetector",
    "telegram_token": "TelegramBotTokenDetector",
    "twilio": "TwilioKeyDetector",
}
# Not its keyword plugin: `password = "…"` is our own pattern, which passes over what only names a secret.
# What stands where a secret would: a name, a placeholder, a reference to where it is kept.
_TEMPLATE = (
    r".*\{.*\}.*|.*<.*>.*|.*\(.*\).*|.*\[.*\].*|\$[\w{(].*|%[\w(].*|\W+|x+|\*+|(?:\W*|.*_)REDACTED_.*"
    r"|(?:your|my|the|some|test|example|dummy|fake).*|.*(?:example|placeholder|changeme|\*\*\*|\.\.\.|…).*"
)
_HARMLESS = re.compile(
    rf"(?i){_TEMPLATE}|[a-z]+(?:[ _.:-][a-z]+)*|.*_(?:token|key|password|secret|id|ids)|[a-z_.]+\d?|https?://[^@]*|[./~-].*"
)
# Where the name says password, a plain word may well be one; but not the word for it.
_NO_PASSWORD = re.compile(
    rf"(?i){_TEMPLATE}|.*(?:pass|pwd|secret|token|key|none|null|false|true|prompt|user).*|[./~-].*"
)


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is, in offsets, and of what kind."""

    start: int
    end: int
    kind: str

    @property
    def placeholder(self) -> str:
        """What stands in its place: the same for every secret of a kind, so that remembered answers stay of use."""
        return f"REDACTED_{self.kind}"


@dataclass(frozen=True, slots=True)
class RedactingModel:
    """The port ``Model`` over another, which never sees a secret that we recognise."""

    model: Model

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """The other model's answer to the prompt without secrets."""
        async with aclosing(self.model.stream(await asyncio.to_thread(redacted, prompt))) as pieces:
            async for piece in pieces:
                yield piece


def redacted(prompt: Prompt) -> Prompt:
    """The prompt without secrets, also not those that the cursor stands in. The origin, which nobody is sent, stays."""
    before, after = redact_around(prompt.text, prompt.suffix)
    structured = prompt.structured
    if structured is not None:
        structured = replace(structured, before=_messages(structured.before), after=_messages(structured.after))
    messages = _messages(prompt.messages)
    passages = tuple(replace(one, text=redact(one.text)) for one in prompt.passages)
    return replace(prompt, text=before, suffix=after, messages=messages, structured=structured, passages=passages)


def redact(text: str) -> str:
    """The text with a placeholder for each secret."""
    return redact_around(text, "")[0]


def redact_around(before: str, after: str) -> tuple[str, str]:
    """Both sides of a cursor without the secrets of the whole; one that the cursor stands in is replaced before it."""
    cut = len(before)
    parts_before: list[str] = []
    parts_after: list[str] = []
    place = 0
    whole = before + after
    for secret in find_secrets(whole):
        side = parts_before if secret.start < cut else parts_after
        if place < cut <= secret.start:
            parts_before.append(whole[place:cut])
            place = cut
        side += [whole[place : secret.start], secret.placeholder]
        place = secret.end
    if place < cut:
        parts_before.append(whole[place:cut])
        place = cut
    return "".join(parts_before), "".join([*parts_after, whole[place:]])


def find_secrets(text: str) -> list[Secret]:
    """The secrets in a text, in order; they do not overlap."""
    found = [Secret(*match.span("secret"), "PRIVATE_KEY") for match in _KEY.finditer(text)]
    found += [Secret(*match.span("secret"), "PRIVATE_KEY") for match in _KEY_END.finditer(text)]
    place = 0
    for line in text.splitlines(keepends=True):
        found += [Secret(place + one.start, place + one.end, one.kind) for one in _in_line(line.rstrip("\r\n"))]
        place += len(line)
    return _disjoint(found)


@lru_cache(maxsize=8_192)
def _in_line(line: str) -> tuple[Secret, ...]:
    """The secrets in one line; remembered, since typing changes one line of hundreds."""
    found: list[Secret] = []
    for start in range(0, len(line), LONGEST_LINE):  # a file that is one line must not take seconds
        piece = line[start : start + LONGEST_LINE + 200]
        found += [Secret(start + one.start, start + one.end, one.kind) for one in _search(piece)]
    return tuple(found)


def _search(line: str) -> Iterator[Secret]:
    for kind, pattern in PATTERNS:
        for match in pattern.finditer(line):
            group = "secret" if "secret" in pattern.groupindex else 0
            if not (harmless := _harmless_for(kind)) or not harmless.fullmatch(match[group]):
                yield Secret(*match.span(group), kind)
    for plugin in _plugins():
        for value in plugin.analyze_string(line):
            if len(value) >= LEAST_SECRET and not _HARMLESS.fullmatch(value):
                start = line.find(value)
                yield Secret(start, start + len(value), type(plugin).__name__.removesuffix("Detector").upper())


def _messages(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """The turns without secrets; what a tool was asked and said as well."""
    return tuple(
        replace(
            one,
            content=redact(one.content),
            tool_calls=tuple(replace(call, arguments=redact(call.arguments)) for call in one.tool_calls),
        )
        for one in messages
    )


def _harmless_for(kind: str) -> re.Pattern[str] | None:
    """What is no secret although it stands where one would: only names and addresses lead us to look there."""
    if kind in ("PLAIN_PASSWORD", "CONNECTION"):
        return _NO_PASSWORD
    return _HARMLESS if kind in ("PASSWORD", "BEARER") else None


@lru_cache(maxsize=1)
def _plugins() -> tuple[Any, ...]:
    """detect-secrets' plugins, loaded with the first text that leaves: they take a tenth of a second."""
    return tuple(
        getattr(importlib.import_module(f"detect_secrets.plugins.{module}"), name)()
        for module, name in _PLUGINS.items()
    )


def _disjoint(found: list[Secret]) -> list[Secret]:
    """Overlapping finds as one, of the kind of the first, which is the longer one where two begin together."""
    kept: list[Secret] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if kept and one.start < kept[-1].end:
            kept[-1] = replace(kept[-1], end=max(kept[-1].end, one.end))
        elif one.start < one.end:
            kept.append(one)
    return kept
