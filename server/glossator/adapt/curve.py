"""Losses to a curve: blocks for a terminal, SVG for a file."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

Points = Sequence[tuple[int, float]]
BLOCKS = " ▁▂▃▄▅▆▇█"
WIDTH, HEIGHT, MARGIN = 640, 320, 48
COLOURS = ("#2a6fb0", "#c2571a")


def in_blocks(values: Sequence[float], width: int = 60) -> str:
    """One line of at most ``width`` blocks, from the lowest value to the highest; each the mean of its part."""
    if not values:
        return ""
    columns = min(width, len(values))
    bounds = [number * len(values) // columns for number in range(columns + 1)]
    means = [sum(values[left:right]) / (right - left) for left, right in pairwise(bounds)]
    low, high = min(means), max(means)
    scale = (len(BLOCKS) - 2) / (high - low) if high > low else 0
    return "".join(BLOCKS[1 + round((mean - low) * scale)] for mean in means)


def to_svg(training: Points, held_out: Points) -> str:
    """Both curves on one scale, with its numbers; readable on light and dark."""
    every = [*training, *held_out] or [(0, 0.0)]
    most = max(step for step, _ in every) or 1
    low, high = min(loss for _, loss in every), max(loss for _, loss in every)

    def place(step: int, loss: float) -> str:
        x = MARGIN + step / most * (WIDTH - 2 * MARGIN)
        y = HEIGHT - MARGIN - (loss - low) / ((high - low) or 1) * (HEIGHT - 2 * MARGIN)
        return f"{x:.1f},{y:.1f}"

    rows = []
    for number, (name, points) in enumerate((("training", training), ("held out", held_out))):
        path = " ".join(place(*point) for point in points)
        rows.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[number]}" stroke-width="2"/>')
        x = MARGIN + number * 120
        rows.append(f'<text x="{x}" y="24" fill="{COLOURS[number]}">{name}</text>')
    rows.append(f'<text x="4" y="{MARGIN}" fill="#777">{high:.2f}</text>')
    rows.append(f'<text x="4" y="{HEIGHT - MARGIN}" fill="#777">{low:.2f}</text>')
    rows.append(f'<text x="{WIDTH - MARGIN}" y="{HEIGHT - 16}" fill="#777" text-anchor="end">step {most}</text>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"'
    return "\n".join([f'{head} font-size="14">', *rows, "</svg>", ""])
