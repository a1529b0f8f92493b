"""Who is told what of which trouble."""

from __future__ import annotations

import pytest
from pygls.exceptions import JsonRpcInvalidParams

from glossator.errors import (
    DownloadFailed,
    GlossatorError,
    ModelMissing,
    ModelUnavailable,
    NothingToSay,
    PartMissing,
    Problem,
    WrongUse,
)
from glossator.lsp.report import BUG, Reporter
from glossator.lsp.server import GlossatorServer

COMMAND, HOVER, GHOST = "workspace/executeCommand", "textDocument/hover", "textDocument/inlineCompletion"


class Screen:
    """A connection's far end that keeps what the user is shown."""

    def __init__(self) -> None:
        self.written = b""

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        """Nothing to close."""

    @property
    def messages(self) -> int:
        return self.written.count(b"window/showMessage")


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def reporter(screen: Screen) -> Reporter:
    server = GlossatorServer()
    server.protocol.set_writer(screen)
    return server.reporter


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (WrongUse("No.", "Ask else."), -32602, 1),
        (NothingToSay("Nothing."), -32803, 0),
        (PartMissing("Gone.", "Get it."), -32803, 1),
        (ModelMissing("Gone.", "Pull it."), -32803, 1),
        (ModelUnavailable("Down.", "Wait."), -32803, 1),
        (DownloadFailed("Broken.", "Again."), -32803, 1),
        (RuntimeError("secret.py is broken"), -32603, 1),
    ],
)
def test_each_error_has_one_answer_and_at_most_one_message(
    reporter: Reporter, screen: Screen, error: Exception, code: int, told: int
) -> None:
    for _ in range(3):
        answer = reporter.failure(COMMAND, error)
        assert answer is not None and answer.code == code
        assert answer.message == (str(error) if isinstance(error, GlossatorError) else BUG)
        assert answer.data is None
    assert screen.messages == told


def test_what_editors_ask_unasked_is_answered_with_null(reporter: Reporter, screen: Screen) -> None:
    assert reporter.failure(HOVER, RuntimeError()) is None
    assert screen.messages == 1
    assert reporter.failure(GHOST, RuntimeError()) is None
    assert reporter.failure(GHOST, ModelMissing("Gone.", "Pull it.")) is None
    assert screen.messages == 1


def test_our_own_refusals_pass_as_they_are(reporter: Reporter, screen: Screen) -> None:
    answer = reporter.failure(COMMAND, JsonRpcInvalidParams("It takes a uri."))
    assert answer is not None and (answer.code, answer.message) == (-32602, "It takes a uri.")
    assert screen.messages == 0


def test_problems_are_told_together_and_once(reporter: Reporter, screen: Screen) -> None:
    problems = [Problem("No a.", "Get a."), Problem("No b.", "Get b.")]
    reporter.problems(problems)
    reporter.problems(problems)
    assert screen.messages == 1
    assert b"No a. Get a. No b. Get b." in screen.written
