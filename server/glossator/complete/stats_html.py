"""Numbers to one HTML page that needs nothing else: no network, no scripts; light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from glossator.complete.reasons import explain_reason
from glossator.complete.stats import Row, Tally

WIDTH, HEIGHT, GAP = 720, 200, 2
STYLE = """:root{color-scheme:light dark;--ink:#1f2328;--page:#fff;--line:#d0d7de;--shown:#b6c2cf;--taken:#1a7f37}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--page:#0d1117;--line:#30363d;--shown:#3d444d;--taken:#3fb950}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);max-width:48rem;margin:2rem auto;
padding:0 1rem}
table{border-collapse:collapse;width:100%;margin:1rem 0}
td,th{text-align:right;padding:.3rem .6rem;border-bottom:1px solid var(--line)}
td:first-child,th:first-child{text-align:left}
svg{width:100%;height:auto}.shown{fill:var(--shown)}.taken{fill:var(--taken)}text{fill:var(--ink);font-size:11px}"""
_HEADS = ("", "shown", "accepted", "in part", "characters", "without the model", "p50 ms", "p90 ms")


def to_html(found: Tally) -> str:
    """The whole page."""
    rows = [("all", found.total), *found.languages.items(), *found.models.items()]
    kept = [(f"after {after:g} s", f"{kept} of {seen}") for after, (kept, seen) in found.kept.items()]
    empty = [(explain_reason(code), str(count)) for code, count in found.empty.items()]
    parts = [
        "<h1>Suggestions</h1>",
        "<p>Counted on this machine, and sent nowhere.</p>",
        _chart(found.days),
        _table(_HEADS, (_cells(name or "?", row) for name, row in rows)),
        "<h2>Still there</h2>" + _table(("", "accepted suggestions"), kept) if kept else "",
        "<h2>Why there was none</h2>" + _table(("", "times"), empty) if empty else "",
    ]
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    head = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Glossator: suggestions</title><style>{STYLE}</style>"
    )
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


def _chart(days: Mapping[str, Row]) -> str:
    """A bar for each day: shown, and the accepted ones of them in front."""
    if not days:
        return ""
    most = max(row.shown for row in days.values()) or 1
    step = WIDTH / len(days)
    bars = "".join(_bar(number * step, step - GAP, day, row, most) for number, (day, row) in enumerate(days.items()))
    first, last = next(iter(days)), next(reversed(list(days)))
    labels = f'<text x="0" y="{HEIGHT + 16}">{escape(first)}</text>'
    if last != first:
        labels += f'<text x="{WIDTH}" y="{HEIGHT + 16}" text-anchor="end">{escape(last)}</text>'
    described = f"{sum(row.accepted for row in days.values())} of {sum(row.shown for row in days.values())} accepted"
    size = f'viewBox="0 0 {WIDTH} {HEIGHT + 24}" role="img" aria-label="{described}"'
    return f"<svg {size}>{bars}{labels}</svg>"


def _bar(x: float, width: float, day: str, row: Row, most: int) -> str:
    def rectangle(kind: str, count: int) -> str:
        height = HEIGHT * count / most
        place = f'x="{x:.1f}" y="{HEIGHT - height:.1f}" width="{width:.1f}" height="{height:.1f}"'
        return f'<rect class="{kind}" {place}><title>{escape(day)}: {count} {kind}</title></rect>'

    return rectangle("shown", row.shown) + rectangle("taken", row.accepted)


def _cells(name: str, row: Row) -> tuple[str, ...]:
    times = (f"{row.percentile(0.5):.0f}", f"{row.percentile(0.9):.0f}")
    share = f"{row.accepted} ({row.share:.0%})"
    return (name, str(row.shown), share, str(row.parts), str(row.characters), str(row.without_model), *times)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"
