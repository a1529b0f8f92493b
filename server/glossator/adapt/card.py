"""An adapter's model card: what it was made of, on what, how, and what came of it. And its loss curve beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glossator.adapt.curve import Points, to_svg


def write_card(folder: Path, name: str, record: Mapping[str, Any], training: Points, held_out: Points) -> None:
    """Write ``README.md`` and ``loss.svg`` into an adapter's folder."""
    (folder / "README.md").write_text(card(name, record, held_out), "utf-8")
    (folder / "loss.svg").write_text(to_svg(training, held_out), "utf-8")


def card(name: str, record: Mapping[str, Any], held_out: Points) -> str:
    """The card's markdown, with the front matter that hubs read."""
    first, best = (held_out[0][1], min(loss for _, loss in held_out)) if held_out else (0.0, 0.0)
    rows = [
        *("---", f"base_model: {record['base']}", "library_name: peft", "tags: [lora, code]"),
        *("---", f"# {name}", ""),
        f"A LoRA adapter for {record['base']} that completes code, trained by `glossator adapters train`"
        " on one folder.",
        *("", "## Data", ""),
        f"{record['files']:,} files, {record['characters']:,} characters; {len(record['held_out']):,} files were held"
        f" out{' (those added last among them)' if record['cut'] else ''}."
        + (f" Commit {record['commit']}." if record["commit"] else ""),
        *("", "| license | files |", "| --- | --- |"),
        *(f"| {license} | {count:,} |" for license, count in record["licenses"].items()),
        *("", "| left out | files |", "| --- | --- |"),
        *(f"| {reason} | {count:,} |" for reason, count in record["left_out"].items()),
        *("", "An adapter may repeat what it was trained on: whoever gets it may read parts of these files.", ""),
        *("## Result", "", f"Loss of what is to be completed, on held-out files: {first:.4f} before, "
          f"{best:.4f} after. ![Losses](loss.svg)", ""),
        *("## Settings", "", "| setting | value |", "| --- | --- |", f"| steps | {record['steps']} |"),
        *(f"| {setting} | {value} |" for setting, value in record["parameters"].items() if value != ""),
    ]  # fmt: skip
    return "\n".join(rows) + "\n"
