"""``textDocument/hover``: facts and remembered text at once, the model's text afterwards.

::

    hover ──▶ explain(cached) ──▶ answer                        phase one, the editor waits
                   └─▶ explain(model) ──▶ explanationReady      phase two, one at a time, the newest wins;
                                                                ends when the document changes or closes

Around phase two the editor hears ``explanationPending`` with ``pending`` true (before the answer of phase one) and
false (whatever came of it), so that a tooltip which can grow knows whether to wait.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING

from lsprotocol import types

from glossator.errors import GlossatorError, NothingToSay, Problem
from glossator.explain.explanation import Explanation
from glossator.explain.options import ExplainOptions
from glossator.lsp.convert import from_position, from_span, identity, to_plaintext, to_position, word_at
from glossator.lsp.parts import Parts
from glossator.models.base import Priority
from glossator.text import Position, Snapshot

if TYPE_CHECKING:
    from glossator.lsp.session import Session

READY = "glossator/explanationReady"
PENDING = "glossator/explanationPending"
REMEMBERED_PLACES = 200

Place = tuple[str, int | None, Position]


def register(session: Session) -> None:
    """Serve hovers."""
    synthesis = BackgroundSynthesis(session)
    session.documents.watch(synthesis.stop)
    session.forgetting.append(synthesis.forget)

    async def hover(params: types.HoverParams) -> types.Hover | None:
        snapshot = session.documents.get(params.text_document.uri)
        if snapshot is None:
            return None
        position = to_position(snapshot, params.position, session.encoding)
        async with session.parts() as parts:
            explanation = await explain_at_once(session, parts, snapshot, position)
            if explanation is None:
                return None
            if parts.settings.hover.synthesis == "auto" and not written(explanation):
                synthesis.start(snapshot, position, explanation.problems)
        return answer(session, snapshot, position, explanation)

    session.serve(types.TEXT_DOCUMENT_HOVER, hover)


async def explain_at_once(session: Session, parts: Parts, snapshot: Snapshot, position: Position) -> Explanation | None:
    """Phase one: no model is asked. An error becomes the problem line of an otherwise empty explanation."""
    chosen = parts.settings.hover
    if not chosen.enabled:
        return None
    options = ExplainOptions(synthesis="none" if chosen.synthesis == "off" else "cached", priority=Priority.HOVER)
    try:
        explanation = await parts.explain(snapshot, position, options)
    except NothingToSay:
        return None
    except GlossatorError as error:
        session.reporter.trouble(error)
        return Explanation("", None, problems=(Problem.of(error),))
    return None if explanation.empty and not explanation.problems else explanation


def written(explanation: Explanation) -> bool:
    """Whether there is nothing a model could add: it wrote already, or there is nothing to write about."""
    return explanation.empty or explanation.meta.backend != "extractive"


def answer(session: Session, snapshot: Snapshot, position: Position, explanation: Explanation) -> types.Hover:
    """The tooltip in the format that the client prefers, over what it is about."""
    formats = session.can("text_document.hover.content_format")
    kind = formats[0] if formats else types.MarkupKind.Markdown
    text = session.render.to_markdown(explanation)
    span = explanation.span or (word_at(snapshot, position) if explanation.symbol else None)
    return types.Hover(
        types.MarkupContent(kind, to_plaintext(text) if kind == types.MarkupKind.PlainText else text),
        from_span(snapshot, span, session.encoding) if span else None,
    )


class BackgroundSynthesis:
    """Phase two. At most one runs; a place that was done is not done again until its document changes, or the
    editor that reopens its tooltip on ``explanationReady`` would go round in circles."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._running: Place | None = None
        self._task: asyncio.Task[None] | None = None
        self._done: OrderedDict[Place, None] = OrderedDict()

    def start(self, snapshot: Snapshot, position: Position, known: tuple[Problem, ...]) -> None:
        """Have the model write about a place, unless it does or did. ``known`` problems are in the tooltip already."""
        place = (snapshot.uri, snapshot.version, position)
        if place == self._running or place in self._done:
            return
        self._cancel()
        self._running = place
        self._pending(snapshot, position, True)
        self._task = self._session.spawn(self._write(snapshot, position, place, known))
        self._task.add_done_callback(lambda _: self._pending(snapshot, position, False))

    def stop(self, uri: str) -> None:
        """The document changed or closed: what is being written is of no use."""
        if self._running is not None and identity(self._running[0]) == identity(uri):
            self._cancel()

    def forget(self, uri: str) -> None:
        """What was written about a document was dropped: it may be written again."""
        for place in [one for one in self._done if identity(one[0]) == identity(uri)]:
            del self._done[place]

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._running = self._task = None

    async def _write(self, snapshot: Snapshot, position: Position, place: Place, known: tuple[Problem, ...]) -> None:
        try:
            await asyncio.sleep(0)  # the hover's answer goes first
            explanation = await self._explain(snapshot, position)
        except GlossatorError as error:
            self._session.reporter.trouble(error)
            self._session.status.trouble(error, "glossator.status")
        except Exception as error:
            self._session.reporter.bug("writing for a hover", error)
        else:
            self._remember(place)
            self._tell(snapshot, position, explanation, known)
        finally:
            if self._running == place:
                self._running = self._task = None

    def _pending(self, snapshot: Snapshot, position: Position, pending: bool) -> None:
        place = from_position(snapshot, position, self._session.encoding)
        self._session.server.protocol.notify(PENDING, {"uri": snapshot.uri, "position": place, "pending": pending})

    async def _explain(self, snapshot: Snapshot, position: Position) -> Explanation:
        options = ExplainOptions(synthesis="model", priority=Priority.HOVER)
        async with self._session.parts() as parts:
            with self._session.status.working("Writing an explanation"):
                return await parts.explain(snapshot, position, options)

    def _tell(
        self, snapshot: Snapshot, position: Position, explanation: Explanation, known: tuple[Problem, ...]
    ) -> None:
        self._session.reporter.problems(one for one in explanation.problems if one not in known)
        if written(explanation):
            self._session.status.well()
            place = from_position(snapshot, position, self._session.encoding)
            self._session.server.protocol.notify(READY, {"uri": snapshot.uri, "position": place})

    def _remember(self, place: Place) -> None:
        self._done[place] = None
        if len(self._done) > REMEMBERED_PLACES:
            self._done.popitem(last=False)
