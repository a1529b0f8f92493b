"""Numbers to one HTML page that needs nothing else: no network, no scripts; light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from glossator.complete.reasons import explain_reason
from glossator.complete.stats import Row, Tally

WIDTH, HEIGHT, GAP, WIDEST = 720, 160, 2, 48
LINE, NAME, NUMBER, LONGEST_NAME = 24, 330, 80, 56  # of horizontal bars: height, room for name and number, in pixels
STYLE = """:root{color-scheme:light dark;--ink:#1f2328;--page:#fff;--line:#d0d7de;--shown:#b6c2cf;--taken:#1a7f37}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--page:#0d1117;--line:#30363d;--shown:#3d444d;--taken:#3fb950}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);max-width:48rem;margin:2rem auto;
padding:0 1rem}
table{border-collapse:collapse;width:100%;margin:1rem 0}
td,th{text-align:right;padding:.3rem .6rem;border-bottom:1px solid var(--line)}
td:first-child,th:first-child{text-align:left}
h2{font-size:1.1rem;margin:1.6rem 0 .4rem}.legend{font-size:.85rem;margin:.2rem 0}
.legend i{display:inline-block;width:.8em;height:.8em;margin-left:.6em}i.shown{background:var(--shown)}
i.taken{background:var(--taken)}svg{width:100%;height:auto}.shown{fill:var(--shown)}.taken{fill:var(--taken)}text{fill:var(--ink);font-size:11px}"""
_HEADS = ("", "shown", "accepted", "in part", "characters", "without the model", "p50 ms", "p90 ms")


def to_html(found: Tally) -> str:
    """The whole page."""
    models = ((name or "without a model", row) for name, row in found.models.items())
    named = [*((name or "no language", row) for name, row in found.languages.items()), *models]
    rows = [("all", found.total), *named]
    most = max(found.empty.values(), default=1)
    parts = [
        "<h1>Suggestions</h1>",
        "<p>Counted on this machine, and sent nowhere.</p>",
        _chart(found.days),
        _bars("Accepted", {name: (row.share, f"{row.share:.0%} of {row.shown}") for name, row in named}),
        _bars("Why there was none", {explain_reason(code): (n / most, str(n)) for code, n in found.empty.items()}),
        _bars("Still there", {f"after {after:g} s": (k / of, f"{k} of {of}") for after, (k, of) in found.kept.items()}),
        _table(_HEADS, (_cells(name, row) for name, row in rows)),
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
    step = min(WIDTH / len(days), WIDEST)
    bars = "".join(_bar(number * step, step - GAP, day, row, most) for number, (day, row) in enumerate(days.items()))
    first, last = next(iter(days)), next(reversed(list(days)))
    labels = f'<text x="0" y="{HEIGHT + 16}">{escape(first)}</text>'
    if len(days) * step > 3 * WIDEST:  # room for two
        labels += f'<text x="{len(days) * step:.1f}" y="{HEIGHT + 16}" text-anchor="end">{escape(last)}</text>'
    described = f"{sum(row.accepted for row in days.values())} of {sum(row.shown for row in days.values())} accepted"
    size = f'viewBox="0 0 {WIDTH} {HEIGHT + 24}" role="img" aria-label="{described}"'
    legend = '<p class="legend"><i class="shown"></i> shown <i class="taken"></i> accepted, a bar for each day</p>'
    return f"<h2>Shown and accepted</h2>{legend}<svg {size}>{bars}{labels}</svg>"


def _bars(title: str, shares: Mapping[str, tuple[float, str]]) -> str:
    """A bar for each name, as long as its share (0 to 1), with its number at the end."""
    if not shares:
        return ""
    rows = "".join(_row(number * LINE, name, *said) for number, (name, said) in enumerate(shares.items()))
    spoken = escape("; ".join(f"{name}: {said}" for name, (_, said) in shares.items()))
    size = f'viewBox="0 0 {WIDTH} {len(shares) * LINE}" role="img" aria-label="{spoken}"'
    return f"<h2>{title}</h2><svg {size}>{rows}</svg>"


def _row(y: int, name: str, share: float, said: str) -> str:
    shown = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
    width = (WIDTH - NAME - NUMBER) * share
    end = f'<text x="{NAME + width + 8:.1f}" y="{y + 15}">{escape(said)}</text>'
    bar = f'<rect class="taken" x="{NAME}" y="{y + 3}" width="{width:.1f}" height="{LINE - 8}"/>'
    return f'<text x="0" y="{y + 15}">{escape(shown)}<title>{escape(name)}</title></text>{bar}{end}'


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
