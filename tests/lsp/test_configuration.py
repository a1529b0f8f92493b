"""The editor's section, in whatever wrapping it comes."""

from __future__ import annotations

from typing import Any

import pytest

from glossator.lsp.configuration import joined, section_of


@pytest.mark.parametrize(
    ("value", "section"),
    [
        (None, {}),
        (7, {}),
        ([], {}),
        ({}, {}),
        ({"hover": {}}, {"hover": {}}),
        ({"glossator": {"hover": {}}}, {"hover": {}}),
        ({"glossator": None}, {}),
        ({"hover": {"enabled": None, "synthesis": "off"}, "model": None}, {"hover": {"synthesis": "off"}}),
        ({"hover": {}, "trace": {"server": "off"}, "server": {"path": "x"}}, {"hover": {}}),
    ],
)
def test_the_section_is_found(value: Any, section: dict[str, Any]) -> None:
    assert section_of(value) == section


def test_the_second_wins_within_a_group() -> None:
    first = {"hover": {"enabled": False, "synthesis": "off"}, "model": {"name": "a"}, "odd": 1}
    second = {"hover": {"enabled": True}, "odd": {"x": 1}}
    assert joined(first, second) == {
        "hover": {"enabled": True, "synthesis": "off"},
        "model": {"name": "a"},
        "odd": {"x": 1},
    }
