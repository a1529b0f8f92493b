"""The question for consent: once, beside the request, and not where the editor cannot ask."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.wire import Wire, place

ASKS: dict[str, Any] = {"window": {"showMessage": {"messageActionItem": {}}}}
QUESTION = "window/showMessageRequest"


@pytest.mark.parametrize(
    ("choice", "decided"),
    [
        ({"title": "Allow for this workspace"}, "models True"),
        ({"title": "Never"}, "models False"),
        ({"title": "Not now"}, ""),
        (None, ""),
    ],
)
async def test_the_user_is_asked_once_and_the_answer_counts(fresh: Wire, choice: Any, decided: str) -> None:
    fresh.choice = choice
    await fresh.initialize(ASKS)
    fresh.open("asks\n")
    assert await fresh.request("textDocument/hover", place(0, 2)), "the request is answered without"
    await fresh.until(lambda: bool(fresh.notifications(QUESTION)))
    (asked,) = fresh.notifications(QUESTION)
    assert asked["message"] == "May it?"
    assert [one["title"] for one in asked["actions"]] == ["Allow for this workspace", "Not now", "Never"]
    while decided and not (await fresh.status())["decided"]:
        pass
    await fresh.request("textDocument/hover", place(0, 2))
    assert (await fresh.status())["decided"] == decided
    assert len(fresh.notifications(QUESTION)) == 1
    assert fresh.messages() == []


async def test_an_editor_that_cannot_ask_is_told_once_how_to_allow(plain: Wire) -> None:
    plain.open("asks\n")
    for _ in range(2):
        await plain.request("textDocument/hover", place(0, 2))
    await plain.until(lambda: bool(plain.messages()))
    assert plain.messages() == [
        "Glossator sends nothing elsewhere from folder, for your editor cannot ask you. "
        "To allow it: glossator consent allow --for models"
    ]
    assert plain.notifications(QUESTION) == []
