"""What Neovim draws: the cells of its screen with their colours, as it tells every terminal and window."""

from __future__ import annotations

from dataclasses import dataclass, fields
from string import ascii_letters
from typing import Any

import pynvim

DRAWN = "glossator_drawn"  # our own message behind all that was drawn


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell is drawn; colours as 0xRRGGBB, None for the screen's own."""

    foreground: int | None = None
    background: int | None = None
    bold: bool = False
    italic: bool = False
    underline: bool = False
    undercurl: bool = False
    strikethrough: bool = False
    reverse: bool = False

    def __str__(self) -> str:
        words = []
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and value is not False:
                words.append(field.name if value is True else f"{field.name} #{value:06x}")
        return ", ".join(words) or "plain"


@dataclass(frozen=True, slots=True)
class Screen:
    """Rows of cells, and the screen's own colours."""

    rows: list[list[tuple[str, Look]]]
    foreground: int
    background: int

    def text(self) -> list[str]:
        """The rows without their empty ends."""
        return ["".join(text for text, _ in row).rstrip() for row in self.rows]

    def spelled(self) -> str:
        """The rows, then a letter for the look of each cell, then what the letters mean: to be compared."""
        letters: dict[Look, str] = {}
        for row in self.rows:
            for _, look in row:
                if look != Look():
                    letters.setdefault(look, ascii_letters[len(letters)])
        looks = ["".join(letters.get(look, " ") for _, look in row).rstrip() for row in self.rows]
        legend = [f"{letter}: {look}" for look, letter in letters.items()]
        return "\n".join([*self.text(), "", *looks, "", *legend, ""])


def draw(nvim: pynvim.Nvim, columns: int, lines: int) -> Screen:
    """Have Neovim draw its screen for us."""
    nvim.ui_attach(columns, lines, rgb=True, ext_linegrid=True)
    nvim.command("redraw!")
    nvim.exec_lua("vim.rpcnotify(...)", nvim.channel_id, DRAWN)
    canvas = Canvas(columns, lines)
    while True:
        _, name, arguments = nvim.next_message()
        if name == DRAWN:
            break
        for event, *calls in arguments if name == "redraw" else ():
            for call in calls:
                canvas.take(event, call)
    nvim.ui_detach()
    return Screen(canvas.rows, canvas.foreground, canvas.background)


class Canvas:
    """The screen while it is drawn: ``:help ui-linegrid``."""

    def __init__(self, columns: int, lines: int) -> None:
        self.rows = [[(" ", Look())] * columns for _ in range(lines)]
        self.foreground, self.background = 0xFFFFFF, 0
        self._looks: dict[int, Look] = {0: Look()}

    def take(self, event: str, call: list[Any]) -> None:
        """One step. Events that draw nothing are left out."""
        if event == "default_colors_set":
            self.foreground, self.background = call[0], call[1]
        elif event == "hl_attr_define":
            told = call[1]
            self._looks[call[0]] = Look(**{each.name: told[each.name] for each in fields(Look) if each.name in told})
        elif event == "grid_clear":
            self.rows = [[(" ", Look())] * len(row) for row in self.rows]
        elif event == "grid_line":
            self._line(call[1], call[2], call[3])
        elif event == "grid_scroll":
            self._scroll(*call[1:6])

    def _line(self, row: int, column: int, cells: list[list[Any]]) -> None:
        look = Look()
        for text, *more in cells:
            look = self._looks[more[0]] if more else look
            for _ in range(more[1] if len(more) > 1 else 1):
                self.rows[row][column] = (text, look)
                column += 1

    def _scroll(self, top: int, bottom: int, left: int, right: int, count: int) -> None:
        before = [list(row) for row in self.rows]
        for row in range(top, bottom):
            if top <= row + count < bottom:
                self.rows[row][left:right] = before[row + count][left:right]
