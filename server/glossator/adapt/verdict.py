"""Whether an adapter helps, in one sentence: by exact match, against the strongest comparison that there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from glossator.adapt.intervals import FEWEST_FILES, METRICS, Estimate, Estimates

# A control learnt as long, on other code: what it gains is not the repository's. Most of a naive before and after is
# learning where to stop (Giagnorio et al., arXiv 2503.14201).
RIVALS = ("control", "base")
WEAKER = "without a control this is the weaker comparison, for most of a gain can be learning where to stop"


@dataclass(frozen=True, slots=True)
class Verdict:
    """``helps`` is None where nothing can be said."""

    helps: bool | None
    sentence: str


def judge(found: Estimates, files: int) -> Verdict:
    """The verdict over an evaluation on so many files."""
    rival = next(one for one in RIVALS if one in found.differences)
    exact = found.differences[rival]["exact"]
    told = f"{points(exact)} exact match over the {rival}"
    weaker = "" if rival == "control" else f"; {WEAKER}"
    if files < FEWEST_FILES:
        what = f"cannot tell: {told} on only {files} files{weaker}"
        return Verdict(None, f"{what}; name a repository with more of them.")
    if exact.low > 0:
        return Verdict(True, f"helps: {told}{weaker}.")
    harm = "hurts" if exact.high < 0 else "does not help"
    return Verdict(False, f"{harm}: keep the base ({told}{weaker}).")


def remarks(found: Estimates, steps: Mapping[str, int]) -> tuple[str, ...]:
    """What a reader of the table should know beside the verdict; ``steps`` are those of each arm's training."""
    said = []
    context = found.differences.get("context")
    if context is not None and context["exact"].high < 0:
        said.append("The base that sees the repository's other files does better, and needs no training.")
    elif context is not None and context["exact"].low <= 0:
        said.append("Against the base that sees the repository's other files no difference can be told.")
    learnt = [steps.get(name, 0) for name in ("control", "adapter")]
    if "control" in found.differences and all(learnt) and learnt[0] != learnt[1]:
        said.append(f"The control was trained for {learnt[0]:,} steps, the adapter for {learnt[1]:,}: not the same.")
    return tuple(said)


def points(one: Estimate) -> str:
    """A difference of shares in points."""
    return f"{100 * one.value:+.1f} ± {100 * one.margin:.1f} points"


def spell(metric: str, one: Estimate) -> str:
    """A value of a metric with its margin, as tables show it: shares in percent."""
    if metric == "perplexity":
        return f"{one.value:.2f} ± {one.margin:.2f}"
    return f"{100 * one.value:.1f} ± {100 * one.margin:.1f}"


def spell_difference(metric: str, one: Estimate) -> str:
    """A difference of a metric with its margin; what is certain not to be none has a star."""
    star = " *" if one.low > 0 or one.high < 0 else ""
    if metric == "perplexity":
        return f"{one.value:+.2f} ± {one.margin:.2f}{star}"
    return f"{100 * one.value:+.1f} ± {100 * one.margin:.1f}{star}"


def table(found: Estimates) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """Heads and rows: each arm, then what the adapter is more than the others."""
    heads = ("", *(name if key == "perplexity" else f"{name}, %" for key, name in METRICS.items()))
    rows = [(arm, *(spell(name, values[name]) for name in METRICS)) for arm, values in found.arms.items()]
    for arm, values in found.differences.items():
        name = f"adapter − {arm}"
        rows.append((name, *(spell_difference(metric, values[metric]) for metric in METRICS)))
    return heads, rows


ARMS = {
    "base": "base",
    "context": "base, sees other files",
    "control": "control",
    "adapter": "adapter",
}
