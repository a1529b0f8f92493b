"""The Neovim plugin's help names every option of the server."""

import json
import re
import textwrap

from glossator.settings.declarations import options
from tests.house.tree import ROOT

HELP = ROOT / "editor-clients/neovim/doc/glossator.txt"
BLOCK = re.compile(r"(?<=This list is generated\.\n).*?(?=\n=====)", re.DOTALL)


def options_as_help() -> str:
    """Each option with its tag, type, default and sentence."""
    rows = []
    for one in options():
        tag = f"*glossator-{one.name}*"
        told = textwrap.fill(one.sentence, 70, initial_indent="\t", subsequent_indent="\t")
        rows.append(f"{tag:>78}\n{one.name}\t({one.type}, default {json.dumps(one.default)})\n{told}\n")
    return "\n" + "\n".join(rows)


def test_the_help_lists_the_servers_options(regenerate: bool) -> None:
    """Run `pytest tests/house --regenerate` (or `make format`) to write them anew."""
    text = HELP.read_text("utf-8")
    if regenerate:
        HELP.write_text(BLOCK.sub(lambda _: options_as_help(), text), "utf-8")
        text = HELP.read_text("utf-8")
    assert BLOCK.findall(text) == [options_as_help()]
    assert "glossator-hover.enabled" in text
