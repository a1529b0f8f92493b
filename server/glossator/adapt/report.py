"""What is kept of an evaluation beside the adapter, and how it is told: a card's section, a line, a chart, a page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from html import escape
from pathlib import Path
from typing import Any

from glossator.adapt.curve import COLOURS
from glossator.adapt.evaluate import Examination, Result
from glossator.adapt.intervals import METRICS, Estimate, Estimates
from glossator.adapt.verdict import ARMS, table
from glossator.complete.stats_html import STYLE

FILE = "evaluation.json"
BAR = 30  # characters
ROW, HEAD, NAME, WIDTH, NUMBER = 22, 30, 170, 640, 110  # pixels
SECTION = "## Evaluation"


@dataclass(frozen=True, slots=True)
class About:
    """What a report says beside the figures."""

    seed: int
    commit: str
    notes: tuple[str, ...]


def to_json(examination: Examination, result: Result, about: About) -> dict[str, Any]:
    """All of it but the texts."""
    rows = [
        {"path": gap.path, "kind": gap.kind, "marks": {arm: asdict(one) for arm, one in marks.items()}}
        for gap, marks in result.rows
    ]
    return {
        "adapter": examination.name,
        "base": examination.base,
        "helps": result.verdict.helps,
        "verdict": result.verdict.sentence,
        "notes": list(about.notes),
        "measured_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "commit": about.commit,
        "seed": about.seed,
        "files": result.files,
        "gaps": dict(Counter(gap.kind for gap, _ in result.rows)),
        "arms": [asdict(arm) for arm in examination.arms],
        "estimates": _plain(result.found.arms),
        "differences": _plain(result.found.differences),
        "rows": rows,
    }


def read(folder: Path) -> Mapping[str, Any]:
    """What was kept in an adapter's folder; empty if nothing was."""
    try:
        told = json.loads((folder / FILE).read_text("utf-8"))
        return dict(told) if isinstance(told, dict) and isinstance(told.get("verdict"), str) else {}
    except (OSError, ValueError):
        return {}


def keep(folder: Path, told: Mapping[str, Any], found: Estimates) -> None:
    """Write it into an adapter's folder, whole or not at all, and put it into the card."""
    (folder / "evaluation.svg").write_text(to_svg(found), "utf-8")
    card = folder / "README.md"
    written = card.read_text("utf-8") if card.is_file() else ""
    _write(card, with_section(written, section(told, found)))
    _write(folder / FILE, json.dumps(told, indent=1) + "\n")


def with_section(card: str, text: str) -> str:
    """The card with the section, in the place of an earlier one."""
    before, _, rest = card.partition(SECTION)
    _, mark, behind = rest.partition("\n## ")
    return f"{before.rstrip()}\n\n{text}{mark.lstrip() and chr(10) + mark.lstrip() + behind}".lstrip("\n")


def section(told: Mapping[str, Any], found: Estimates) -> str:
    """The card's section: the verdict, the table, how it was done."""
    heads, rows = table(found)
    lines = [
        *(SECTION, "", f"{told['adapter']} {told['verdict']}", ""),
        *(f"| {' | '.join(row)} |" for row in (heads, ["---"] * len(heads), *rows)),
        *("", f"{method(told)} ![Exact match](evaluation.svg)", ""),
    ]
    return "\n".join(lines)


def method(told: Mapping[str, Any]) -> str:
    """How it was measured, in two sentences."""
    kinds = ", ".join(f"{count} of a {kind}" for kind, count in told["gaps"].items())
    total = sum(told["gaps"].values())
    return (
        f"{total} gaps in {told['files']} files that the training did not see ({kinds}; seed {told['seed']}), each"
        " asked of the engine as completion asks it. ± is half of an interval of 95 %, by a bootstrap over the files;"
        " what certainly differs has a *."
    )


def in_blocks(found: Estimates) -> list[str]:
    """A bar of exact match for each arm, with its interval."""
    most = max(max(values["exact"].high for values in found.arms.values()), 0.01)
    lines = []
    for arm, values in found.arms.items():
        one = values["exact"]
        low, mid, high = (round(BAR * value / most) for value in (one.low, one.value, one.high))
        bar = "█" * low + "▓" * (mid - low) + "░" * (high - mid)
        lines.append(f"{ARMS[arm]:<24}{bar:<{BAR}} {100 * one.value:.1f} % exact match")
    return lines


def to_svg(found: Estimates) -> str:
    """Exact match, edit similarity and saved keys of each arm, with their intervals; readable on light and dark."""
    shown = [metric for metric in METRICS if metric in ("exact", "similarity", "saved")]
    parts, y = [], 0
    for metric in shown:
        parts.append(f'<text x="0" y="{y + 20}" font-weight="bold" fill="#777">{METRICS[metric]}</text>')
        most = max(max(values[metric].high for values in found.arms.values()), 0.01)
        y += HEAD
        for arm, values in found.arms.items():
            parts.append(_bar(ARMS[arm], values[metric], most, y, arm == list(found.arms)[-1]))
            y += ROW
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 8}" font-family="sans-serif"'
    return "\n".join([f'{head} font-size="13" role="img">', *parts, "</svg>", ""])


def to_html(told: Mapping[str, Any], found: Estimates) -> str:
    """One page that needs nothing else."""
    heads, rows = table(found)
    head_row = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    notes = "".join(f"<li>{escape(one)}</li>" for one in told["notes"])
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    head = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Glossator: {escape(told['adapter'])}</title><style>{STYLE}</style>"
    )
    text = (
        f"<h1>{escape(told['adapter'])}</h1><p><strong>{escape(told['verdict'])}</strong></p>{to_svg(found)}"
        f"<table><tr>{head_row}</tr>{body}</table><p>{escape(method(told))}</p><ul>{notes}</ul>"
    )
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>{text}</body></html>\n'


def _bar(name: str, one: Estimate, most: float, y: int, chosen: bool) -> str:
    def place(value: float) -> float:
        return NAME + (WIDTH - NAME - NUMBER) * max(value, 0.0) / most

    middle = y + ROW / 2 - 2
    label = f'<text x="0" y="{y + 14}" fill="#777">{escape(name)}</text>'
    rectangle = (
        f'<rect x="{NAME}" y="{y + 2}" width="{place(one.value) - NAME:.1f}" height="{ROW - 8}"'
        f' fill="{COLOURS[chosen]}"/>'
    )
    line = (
        f'<line x1="{place(one.low):.1f}" x2="{place(one.high):.1f}" y1="{middle}" y2="{middle}"'
        ' stroke="#777" stroke-width="2"/>'
    )
    end = f'<text x="{place(one.high) + 6:.1f}" y="{y + 14}" fill="#777">{100 * one.value:.1f} %</text>'
    return label + rectangle + line + end


def _plain(groups: Mapping[str, Mapping[str, Estimate]]) -> dict[str, dict[str, dict[str, float]]]:
    def rounded(one: Estimate) -> dict[str, float]:
        return {name: round(value, 5) for name, value in asdict(one).items()}

    return {name: {metric: rounded(one) for metric, one in values.items()} for name, values in groups.items()}


def _write(file: Path, text: str) -> None:
    partial = file.with_name(f"{file.name}.partial")
    partial.write_text(text, "utf-8")
    partial.replace(file)
