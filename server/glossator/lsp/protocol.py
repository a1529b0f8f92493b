"""JSON-RPC as pygls speaks it, with what it leaves undone: every request gets exactly one answer.

What is done otherwise than in pygls 2.1.1, and why:

- Malformed JSON, parameters that do not fit, requests before ``initialize`` or after ``shutdown`` get an error as
  their answer. pygls logs them and answers nothing, so the editor waits for ever.
- Messages are structured one by one, not by a hook on every JSON object, which took any object with a key ``jsonrpc``
  inside of the parameters for a message.
- Errors reach the client as one sentence. pygls sends tracebacks with paths of the server.
- Futures are forgotten when they end. pygls keeps one for each notification that a generator handles: each keystroke.
- Some of pygls' own handlers are taken out (``REPLACED``), so that ours serve these methods. ``executeCommand`` was a
  generator: cancelling it answered the client and let the command run on to its end.
- Numbers and words that this version of the protocol does not list are taken as they are. pygls refuses them, and with
  them the ``initialize`` of every editor that is newer than its lists.
- Content is never logged.

Frames are read in ``framing``, documents kept in ``documents``, places counted in ``convert``, for like reasons.
"""

from __future__ import annotations

import asyncio
import contextvars
import enum
import json
import logging
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInternalError, JsonRpcInvalidParams
from pygls.protocol import LanguageServerProtocol, default_converter

if TYPE_CHECKING:
    from glossator.lsp.server import GlossatorServer

logger = logging.getLogger(__name__)

REPLACED = (
    types.TEXT_DOCUMENT_DID_OPEN,
    types.TEXT_DOCUMENT_DID_CHANGE,
    types.TEXT_DOCUMENT_DID_CLOSE,
    types.NOTEBOOK_DOCUMENT_DID_OPEN,
    types.NOTEBOOK_DOCUMENT_DID_CHANGE,
    types.NOTEBOOK_DOCUMENT_DID_CLOSE,
    types.WORKSPACE_EXECUTE_COMMAND,
    types.WINDOW_WORK_DONE_PROGRESS_CANCEL,
    types.SHUTDOWN,
    types.EXIT,
)

MessageId = str | int | None
AnyFuture = Any  # pygls mixes concurrent.futures.Future and asyncio.Future


class GlossatorProtocol(LanguageServerProtocol):
    """The connection to one editor."""

    _server: GlossatorServer

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for method in REPLACED:
            self.fm.builtin_features.pop(method)
        self._initialize_seen = False

    @property
    def shut_down(self) -> bool:
        """Whether the editor asked for the end in the proper way."""
        return self._shutdown

    @property
    def pending(self) -> int:
        """How many requests, of either side, wait for their end."""
        return len(self._request_futures)

    async def settle(self, seconds: float) -> None:
        """Cancel what runs, but for the caller and ``shutdown`` itself, and wait until it was answered."""
        futures: list[AnyFuture] = list(self._request_futures.values())
        others = [one for one in futures if isinstance(one, asyncio.Task) and one is not asyncio.current_task()]
        for task in others:
            if task.get_name() != types.SHUTDOWN:
                task.cancel()
        if others:
            await asyncio.wait(others, timeout=seconds)

    def structure_message(self, data: dict[str, Any]) -> Any:
        """Leave every JSON object as it is; ``handle_message`` structures whole messages."""
        return data

    def handle_message(self, message: Any) -> None:
        """One JSON value from the client: a request, a notification, an answer to us, or nonsense."""
        if not isinstance(message, dict) or message.get("jsonrpc") != self.VERSION:
            identity = message.get("id") if isinstance(message, dict) else None
            self._refuse(identity, types.ErrorCodes.InvalidRequest, "This is not a JSON-RPC 2.0 message.")
        elif not isinstance(message.get("method"), str):
            self._take_response(message)
        elif "id" in message:
            self._take_request(message)
        else:
            self._take_notification(message)

    def refuse_unreadable(self) -> None:
        """Answer something that is not even JSON."""
        self._refuse(None, types.ErrorCodes.ParseError, "This is not JSON.")

    def _take_request(self, message: dict[str, Any]) -> None:
        identity, method = message["id"], message["method"]
        if not isinstance(identity, str | int):
            self._refuse(None, types.ErrorCodes.InvalidRequest, "The id of a request must be a number or text.")
        elif self._shutdown:
            self._refuse(identity, types.ErrorCodes.InvalidRequest, "The server is shutting down.")
        elif (method == types.INITIALIZE) == self._initialize_seen:
            wrong = types.ErrorCodes.InvalidRequest if self._initialize_seen else types.ErrorCodes.ServerNotInitialized
            self._refuse(identity, wrong, "The first request must be initialize, and only the first.")
        elif not self._knows(method):
            self._refuse(identity, types.ErrorCodes.MethodNotFound, f"There is no method {method}.")
        else:
            self._serve_request(identity, method, message)

    def _serve_request(self, identity: str | int, method: str, message: dict[str, Any]) -> None:
        try:
            request = super().structure_message(message)
        except (JsonRpcInvalidParams, JsonRpcInternalError):
            self._refuse(identity, types.ErrorCodes.InvalidParams, f"The parameters do not fit {method}.")
            return
        self._initialize_seen = self._initialize_seen or method == types.INITIALIZE
        self._shutdown = method == types.SHUTDOWN
        contextvars.copy_context().run(self._handle_request, identity, method, request.params)

    def _take_notification(self, message: dict[str, Any]) -> None:
        method = message["method"]
        expected = self._initialize_seen and not self._shutdown
        if method != types.CANCEL_REQUEST and not self._knows(method):
            return
        if expected or method == types.EXIT:
            try:
                notification = super().structure_message(message)
            except (JsonRpcInvalidParams, JsonRpcInternalError):
                logger.warning("the parameters of a %s do not fit; it was left out", method)
                return
            contextvars.copy_context().run(self._handle_notification, method, notification.params)

    def _take_response(self, message: dict[str, Any]) -> None:
        identity = message.get("id")
        if not isinstance(identity, str | int):
            self._refuse(None, types.ErrorCodes.InvalidRequest, "A message needs a method or an id.")
            return
        try:
            response = super().structure_message(message)
        except (JsonRpcInvalidParams, JsonRpcInternalError):
            unfit = types.ResponseError(types.ErrorCodes.ParseError.value, "The answer does not fit its request.")
            response = types.ResponseErrorMessage(jsonrpc=self.VERSION, id=identity, error=unfit)
        error = getattr(response, "error", None)
        self._handle_response(identity, None if error else response.result, error)

    def _knows(self, method: str) -> bool:
        return method in self.fm.builtin_features or method in self.fm.features

    def _refuse(self, identity: Any, code: types.ErrorCodes, sentence: str) -> None:
        identity = identity if isinstance(identity, str | int) else None
        logger.warning("refused a message: %s", sentence)
        # By hand: pygls leaves an id of null out, which the answer to a message without a readable one must have.
        self._send_data({"jsonrpc": self.VERSION, "id": identity, "error": {"code": code.value, "message": sentence}})

    def _handle_request(self, msg_id: str | int, method_name: str, params: Any) -> None:
        self._ctx_msg_id.set(msg_id)
        answer = partial(self._answer, msg_id=msg_id, method=method_name)
        self._execute_handler(msg_id, self._get_handler(method_name), answer, (params,))

        task = self._request_futures.get(msg_id)
        if isinstance(task, asyncio.Task):
            task.set_name(method_name)

    def _execute_handler(self, msg_id: str | int, handler: Any, callback: Any, *rest: Any, **named: Any) -> None:
        """As pygls does, and forget the future when it ends, whoever started it."""
        super()._execute_handler(msg_id, handler, callback, *rest, **named)
        future: AnyFuture = self._request_futures.get(msg_id)
        if future is not None:
            future.add_done_callback(lambda done: self._forget(msg_id, done))

    def _forget(self, msg_id: str | int, future: AnyFuture) -> None:
        if self._request_futures.get(msg_id) is future:
            del self._request_futures[msg_id]

    def _answer(self, future: AnyFuture, *, msg_id: str | int, method: str) -> None:
        """The one answer of a request, whatever it came to."""
        self._forget(msg_id, future)
        if future.cancelled():
            cancelled = types.ResponseError(types.LSPErrorCodes.RequestCancelled.value, "The request was cancelled.")
            self._send_response(msg_id, error=cancelled)
            return
        error = future.exception()
        if error is None:
            try:
                self._send_response(msg_id, result=future.result())
                return
            except (TypeError, ValueError, AttributeError) as unserializable:
                error = unserializable
        self._send_response(msg_id, result=None, error=self._server.reporter.failure(method, error))

    def _check_handler_result(self, future: AnyFuture) -> None:
        if not future.cancelled() and (error := future.exception()) is not None:
            self._server.reporter.failure("a notification", error)

    def _handle_cancel_notification(self, msg_id: Any) -> None:
        """Cancel a request. One that has its answer already is no news: the two passed each other."""
        future = self._request_futures.get(msg_id) if isinstance(msg_id, str | int) else None
        if isinstance(future, asyncio.Task):
            future.cancel()

    def _handle_response(self, msg_id: Any, result: Any = None, error: types.ResponseError | None = None) -> None:
        future: Future[Any] | None = self._request_futures.pop(msg_id, None)
        if future is None or isinstance(future, asyncio.Task) or future.done():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(JsonRpcException.from_error(error))

    def _send_data(self, data: Any) -> None:
        """Write one message.

        Raises:
            TypeError, ValueError, AttributeError: it cannot be JSON.
        """
        body = json.dumps(data, default=self._serialize_message).encode(self.CHARSET)
        header = f"Content-Length: {len(body)}\r\n\r\n".encode("ascii")
        try:
            assert self.writer is not None
            self.writer.write(header + body)
        except (BrokenPipeError, ValueError):
            self._server.connection_lost()


def lenient_converter() -> Any:
    """The cattrs converter that structures messages, with unknown values of enumerations left as they are."""

    def known_or_as_it_is(value: Any, kind: type[enum.Enum]) -> Any:
        try:
            return kind(value)
        except ValueError:
            return value

    converter = default_converter()  # type: ignore[no-untyped-call]
    for kind in vars(types).values():
        if isinstance(kind, type) and issubclass(kind, enum.Enum):  # each by itself: they are kinds of int and str too
            converter.register_structure_hook(kind, known_or_as_it_is)
    return converter
