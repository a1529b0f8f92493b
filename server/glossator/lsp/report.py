"""What the user is told of trouble, and how often: the one table from error to severity, and the status item.

=============================  =======================================  ====================
trouble                        where it shows                           how often
=============================  =======================================  ====================
cancelled, nothing to say      nowhere
a part is missing              one message; in the answer; the status   the message once
unusable settings              one message naming them                  once per setting
a bug of ours                  the log; one sentence                    once per place
any of these while typing      the status item and the log only         each time
=============================  =======================================  ====================
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Literal

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from glossator.errors import GlossatorError, NothingToSay, Problem, WrongUse
from glossator.models.progress import Progress

logger = logging.getLogger(__name__)

BUG = "Glossator met a bug; the log has the details."

# Asked for while the user types or moves: an error in the answer makes some editors show a message each time, so the
# answer is null and the user is told at most once, or not at all.
ANSWERED_WITH_NULL = frozenset(
    {
        types.TEXT_DOCUMENT_HOVER,
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.TEXT_DOCUMENT_COMPLETION,
        types.TEXT_DOCUMENT_INLINE_COMPLETION,
    }
)
WHILE_TYPING = frozenset({types.TEXT_DOCUMENT_COMPLETION, types.TEXT_DOCUMENT_INLINE_COMPLETION})

# The first class that fits decides; None is not worth a message.
SEVERITIES: tuple[tuple[type[Exception], types.MessageType | None], ...] = (
    (NothingToSay, None),
    (WrongUse, types.MessageType.Info),
    (GlossatorError, types.MessageType.Warning),
    (Exception, types.MessageType.Error),
)

Kind = Literal["Normal", "Warning", "Error"]


class Reporter:
    """Tells the user of each cause once a session, and the log every time."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self._told: set[str] = set()

    def failure(self, place: str, error: BaseException) -> types.ResponseError | None:
        """Report what a request ended with; gives the error to answer, or None where null is the better answer."""
        if isinstance(error, JsonRpcException):
            return types.ResponseError(error.code, error.message)
        if isinstance(error, GlossatorError):
            self.trouble(error, aloud=place not in WHILE_TYPING)
            wrong = isinstance(error, WrongUse)
            code = types.ErrorCodes.InvalidParams if wrong else types.LSPErrorCodes.RequestFailed
            answer = types.ResponseError(code.value, str(error))
        else:
            self.bug(place, error)
            answer = types.ResponseError(types.ErrorCodes.InternalError.value, BUG)
        return None if place in ANSWERED_WITH_NULL else answer

    def bug(self, place: str, error: BaseException) -> None:
        """Log an error nobody expected, with its traceback; the user learns once per place that there was one."""
        logger.error("bug in %s", place, exc_info=error)
        if place not in WHILE_TYPING:
            self._tell(f"bug in {place}", BUG, types.MessageType.Error)

    def trouble(self, error: GlossatorError, *, aloud: bool = True) -> None:
        """Log an expected error; tell the user if it is worth it and was not told before."""
        logger.warning("%s", error)
        severity = next(severity for kind, severity in SEVERITIES if isinstance(error, kind))
        if aloud and severity is not None:
            self._tell(str(error), str(error), severity)

    def problems(self, problems: Iterable[Problem]) -> None:
        """One message for all the problems that were not told before."""
        new = [text for text in map(str, problems) if text not in self._told]
        self._told.update(new)
        if new:
            logger.warning("%s", " ".join(new))
            self._server.window_show_message(types.ShowMessageParams(types.MessageType.Warning, " ".join(new)))

    def _tell(self, cause: str, message: str, severity: types.MessageType) -> None:
        if cause not in self._told:
            self._told.add(cause)
            self._server.window_show_message(types.ShowMessageParams(severity, message))


class Status:
    """The editor's status item: the notification ``glossator/status`` whenever it would look different.

    ``busy`` while anything works, ``kind`` is Normal, Warning or Error, ``message`` one line, ``command`` the id of
    the command that tells more.
    """

    METHOD = "glossator/status"

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self._working: list[str] = []
        self._loading = ""
        self._trouble: tuple[Kind, str, str] | None = None
        self._note = ""
        self._shown: dict[str, object] = {}

    @contextmanager
    def working(self, message: str) -> Iterator[None]:
        """Show that something works while the block runs."""
        self._working.append(message)
        self._show()
        try:
            yield
        finally:
            self._working.remove(message)
            self._loading = self._loading if self._working else ""
            self._show()

    def loading(self, progress: Progress) -> None:
        """Show what the work at hand waits for: a model that loads. Once that is there, it waits no longer."""
        share = f" ({progress.fraction:.0%})" if progress.total else ""
        waits = self._working and not (progress.total and progress.fraction >= 1)
        self._loading = progress.message + share if waits else ""
        self._show()

    def note(self, message: str) -> None:
        """Say something as long as there is nothing more urgent; empty for nothing."""
        self._note = message
        self._show()

    def trouble(self, error: GlossatorError, command: str) -> None:
        """Show an error until something goes well again."""
        self._trouble = ("Warning", str(error), command)
        self._show()

    def well(self) -> None:
        """Forget the last trouble: the same thing was tried again and worked."""
        self._trouble = None
        self._show()

    def _show(self) -> None:
        kind, message, command = self._trouble or ("Normal", self._note, "glossator.status")
        busy = bool(self._working)
        state: dict[str, object] = {
            "busy": busy,
            "kind": kind,
            "message": (self._loading or self._working[-1]) if busy else message,
            "command": command,
        }
        if state != self._shown:
            self._shown = state
            self._server.protocol.notify(self.METHOD, state)
