"""``glossator.explain`` and what follows it: further questions, the same anew, forgetting.

An explanation comes in parts, if the client gives a ``partialResultToken``: ``{markdown, sentence}`` under
``$/progress``, first with ``sentence`` null and all that is known without a model, then with each sentence of the model
that passed the check, and the whole text so far. A sentence that was refused is in none of them. The answer has the
whole in any case.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from lsprotocol import converters, types
from pygls.exceptions import JsonRpcInvalidParams

from glossator.explain.explanation import Explanation
from glossator.explain.options import ExplainOptions, FollowUp, Report, Show
from glossator.lsp.convert import to_plain, to_target
from glossator.lsp.parts import Parts

if TYPE_CHECKING:
    from glossator.lsp.session import Session

Work = Callable[[Parts, Report, Show | None], Awaitable[Explanation]]

EXPLAIN_USE = (
    'glossator.explain takes a uri, a position or range or null, and maybe {"question", "synthesis", '
    '"partialResultToken"}.'
)
FOLLOW_UP_USE = (
    'glossator.followUp takes the id of an explanation, a question, and maybe {"search", "synthesis", '
    '"partialResultToken"}.'
)
SYNTHESES = get_args(get_type_hints(ExplainOptions)["synthesis"])


def register(session: Session) -> None:
    """Serve the commands."""
    command = session.server.command
    command("glossator.explain")(partial(explain, session))
    command("glossator.regenerate")(partial(regenerate, session))
    command("glossator.followUp")(partial(follow_up, session))
    command("glossator.clear")(partial(clear, session))


async def explain(session: Session, params: types.ExecuteCommandParams) -> dict[str, Any] | None:
    """Explain a place."""
    return await _explain(session, params, ExplainWish.read(params.arguments or ()))


async def regenerate(session: Session, params: types.ExecuteCommandParams) -> dict[str, Any] | None:
    """Explain a place anew, whatever is remembered."""
    wish = ExplainWish.read(params.arguments or ())
    return await _explain(session, params, replace(wish, options=replace(wish.options, fresh=True)))


async def follow_up(session: Session, params: types.ExecuteCommandParams) -> dict[str, Any]:
    """Answer a further question about an explanation."""
    wish = FollowUpWish.read(params.arguments or ())
    return await _answer(
        session, params, wish.token, lambda parts, report, show: parts.follow_up(wish.what, wish.options, report, show)
    )


async def clear(session: Session, params: types.ExecuteCommandParams) -> dict[str, int] | None:
    """Forget what was remembered of a place."""
    wish = ExplainWish.read(params.arguments or ())
    snapshot = session.documents.get(wish.uri)
    if snapshot is None:
        return None
    target = to_target(snapshot, wish.place, session.encoding)
    async with session.parts() as parts:
        forgotten = await parts.forget(snapshot, target)
    for forget in session.forgetting:
        forget(wish.uri)
    return {"forgotten": forgotten}


async def _explain(session: Session, params: types.ExecuteCommandParams, wish: ExplainWish) -> dict[str, Any] | None:
    snapshot = session.documents.get(wish.uri)
    if snapshot is None:
        return None
    target = to_target(snapshot, wish.place, session.encoding)
    return await _answer(
        session,
        params,
        wish.token,
        lambda parts, report, show: parts.explain(snapshot, target, wish.options, report, show),
    )


async def _answer(
    session: Session, params: types.ExecuteCommandParams, token: types.ProgressToken | None, work: Work
) -> dict[str, Any]:
    show = None if token is None else partial(_send_part, session, token)
    async with session.parts() as parts, session.progress.show("Explaining", params.work_done_token) as report:
        with session.status.working("Explaining"):
            explanation = await work(parts, report, show)
    session.status.well()
    return {"markdown": session.render.to_markdown(explanation), "explanation": session.render.to_json(explanation)}


def _send_part(session: Session, token: types.ProgressToken, explanation: Explanation) -> None:
    by_model = explanation.meta.model is not None
    sentence = to_plain(explanation.synthesis[-1]) if by_model and explanation.synthesis else None
    session.progress.send_part(token, {"markdown": session.render.to_markdown(explanation), "sentence": sentence})


@dataclass(frozen=True, slots=True)
class ExplainWish:
    """The arguments of ``glossator.explain``, ``regenerate`` and ``clear``."""

    uri: str
    place: types.Position | types.Range | None
    options: ExplainOptions
    token: types.ProgressToken | None = None

    @classmethod
    def read(cls, arguments: Sequence[Any]) -> ExplainWish:
        """Read the arguments as they came.

        Raises:
            JsonRpcInvalidParams: they do not fit.
        """
        uri, place, options = [*arguments, None, None, None][:3]
        options = {} if options is None else options
        if len(arguments) > 3 or not isinstance(uri, str) or not isinstance(options, Mapping):
            raise JsonRpcInvalidParams(EXPLAIN_USE)
        question, synthesis = options.get("question", ""), options.get("synthesis", "model")
        if not isinstance(question, str) or synthesis not in SYNTHESES:
            raise JsonRpcInvalidParams(EXPLAIN_USE)
        read = ExplainOptions(question=question, synthesis=synthesis)
        return cls(uri, read_place(place), read, _token(options, EXPLAIN_USE))


@dataclass(frozen=True, slots=True)
class FollowUpWish:
    """The arguments of ``glossator.followUp``."""

    what: FollowUp
    options: ExplainOptions
    token: types.ProgressToken | None = None

    @classmethod
    def read(cls, arguments: Sequence[Any]) -> FollowUpWish:
        """Read the arguments as they came.

        Raises:
            JsonRpcInvalidParams: they do not fit.
        """
        identity, question, options = [*arguments, None, None, None][:3]
        options = {} if options is None else options
        told = isinstance(identity, str) and isinstance(question, str)
        if len(arguments) > 3 or not told or not isinstance(options, Mapping):
            raise JsonRpcInvalidParams(FOLLOW_UP_USE)
        search, synthesis = options.get("search", False), options.get("synthesis", "model")
        if not isinstance(search, bool) or synthesis not in SYNTHESES:
            raise JsonRpcInvalidParams(FOLLOW_UP_USE)
        what = FollowUp(identity, question, search)
        return cls(what, ExplainOptions(synthesis=synthesis), _token(options, FOLLOW_UP_USE))


def read_place(place: Any) -> types.Position | types.Range | None:
    """A position or range as the editor writes it.

    Raises:
        JsonRpcInvalidParams: it is neither.
    """
    if place is None or isinstance(place, types.Position | types.Range):
        return place
    converter = converters.get_converter()
    try:
        if isinstance(place, Mapping) and "start" in place:
            return converter.structure(place, types.Range)
        return converter.structure(place, types.Position)
    except Exception as error:
        raise JsonRpcInvalidParams(EXPLAIN_USE) from error


def _token(options: Mapping[str, Any], use: str) -> types.ProgressToken | None:
    token = options.get("partialResultToken")
    if token is not None and (isinstance(token, bool) or not isinstance(token, str | int)):
        raise JsonRpcInvalidParams(use)
    return token
