"""Why nothing is offered: every code that an empty answer can carry, and what it says to the user."""

from __future__ import annotations

from collections.abc import Mapping

REASONS: Mapping[str, str] = {
    # not asked for
    "disabled": "Completions are off: completion.enabled.",
    "language_off": "Completions are off for this language: completion.languages_off.",
    "snoozed": "Completions are snoozed; glossator.snooze with 0 minutes wakes them.",
    "excluded": "This file stays out of completions: it looks like secrets, or completion.exclude names it.",
    # not asked, because nothing good would come
    "nothing_before": "There is nothing before the cursor to go on from.",
    "text_behind": "Text stands behind the cursor in its line.",
    "inside_word": "The cursor is inside a word.",
    "statement_complete": "The line before the cursor is complete.",
    # no longer wanted
    "old_version": "The text has changed since the request.",
    "overtaken": "A newer request came.",
    # the model's answer
    "empty": "The model had nothing to add.",
    "deadline": "The model had nothing to show when the time was over: completion.deadline.",
    "unlikely": "The model was not sure enough: completion.confidence.",
    "loading": "The model is still being loaded, and the open files did not say how to go on.",
    "problem": "The model could not answer.",
    # dropped by a filter
    "leaks": "The answer began with marks of the model's own, or a fence or a path.",
    "broken_text": "The answer began with half a character or a control character.",
    "repetition": "The answer went round in circles.",
    "repeats_before": "The answer repeated what stands before the cursor.",
    "repeats_following": "The answer repeated what stands behind the cursor.",
    "closes_unopened": "The answer began by closing a bracket that is not open.",
    "comment_only": "The answer was nothing but a comment.",
    "too_short": "The answer was a single mark, quicker typed than read.",
    "does_not_parse": "The answer would have broken the code.",
}


def explain_reason(code: str | None) -> str:
    """The sentence of a code; empty for an answer that has items."""
    return "" if code is None else REASONS.get(code, f"No suggestion: {code}.")
