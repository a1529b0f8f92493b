"""A docstring's parts: what it is, each parameter's own words, what comes back."""

from __future__ import annotations

import logging
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import griffe

from glossator.research.sentences import blocks, is_signature, plain, sentences, split

# griffe warns about every parameter that has no annotation; the docstrings here are not ours to mend.
logging.getLogger("griffe").setLevel(logging.CRITICAL)

log = logging.getLogger(__name__)
_PARAMETER_LIST = re.compile(
    r"^\s*[*-] \*\*(?P<names>[\w*, ]+)\*\*\s*(?:\([^)]*\))?\s*(?:-{1,2}|–|:)\s*(?P<text>.*(?:\n(?![*-] |\s*\n).*)*)",
    re.M,
)
# Names alone on their lines, each with a text that is indented by two more.
_CLINIC = re.compile(r"(?:^(?P<indent> *)[a-z_]\w*\n(?:(?P=indent)  +\S.*(?:\n|\Z)|\s*\n(?=(?P=indent)  +\S))+)+", re.M)
_NAME_ALONE = re.compile(r"^( *)([a-z_]\w*)\n(?=\1  )", re.M)
_HEADED = r"\1\2:\n"
# argparse's own docstrings: "- prog -- The name of the program".
_DASHED = re.compile(r"^( *)[*-] ([a-z_]\w*) -- ", re.M)
# How a sentence speaks of the parameter {name}, whose word may be an ordinary one: "If check is True".
_SPOKEN_OF = (
    r"`{name}`|[\"'‘“]{name}[\"'’”]|\b{name}=|\b{name} (?:\([^()]*\) )?(?:is|are|was|were|defaults|specifies|"
    r"determines|controls|must|should|can|may) (?!a\b|an\b|the\b)|"
    r"\b{name} (?:argument|parameter|keyword|option|flag)\b|"
    r"\b(?:argument|parameter|keyword|option|flag) {name}\b|\b{name},? which\b|"
    r"\b(?:setting|passing|pass|specifying)\b[^.;]*\b{name}(?=[,.;]| (?:and|or)\b)"
)
_RETURNS_TITLES = {"return", "returns", "yields", "yield"}


@dataclass(frozen=True, slots=True)
class ParameterDocumentation:
    """What is said of one parameter. ``choices`` maps a value, as text, to the sentence about that value."""

    type: str
    sentences: tuple[str, ...]
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Docstring:
    """The parts of a docstring as plain sentences; ``raises`` are exceptions, each with what it is raised for."""

    summary: tuple[str, ...] = ()
    parameters: Mapping[str, ParameterDocumentation] = field(default_factory=dict)
    returns: tuple[str, ...] = ()
    deprecated: str = ""
    raises: tuple[tuple[str, str], ...] = ()


@lru_cache(maxsize=128)
def read_docstring(text: str) -> Docstring:
    """The parts of a docstring in Google, NumPy, Sphinx or Encode's list style."""
    summary: list[str] = []
    parameters: dict[str, ParameterDocumentation] = {}
    returns: list[str] = []
    raises: list[tuple[str, str]] = []
    for section in _sections(text):
        kind, value = section.kind.value, section.value
        if kind == "text":
            listed = dict(_listed_parameters(value))
            parameters.update(listed)
            summary.extend(sentences(_PARAMETER_LIST.sub("", value) if listed else value))
        elif kind in {"parameters", "other parameters", "attributes"}:
            for one in value:
                documented = _parameter(str(one.annotation or ""), one.description)
                for name in re.findall(r"[A-Za-z_]\w*", re.sub(r"\(.*", "", one.name)):
                    parameters.setdefault(name, documented)
        elif kind in {"returns", "yields"}:
            returns.extend(_returned(value))
        elif kind == "raises":
            raises.extend((plain(str(one.annotation or "")).strip("`"), plain(one.description)) for one in value)
        elif kind == "admonition":
            title = (section.title or "").rstrip(":").lower()
            target = returns if title in _RETURNS_TITLES else summary
            target.extend(sentences(value.description))
    summary = [sentence for sentence in summary if not is_signature(sentence)] or summary
    deprecated = next((sentence for sentence in summary if re.search(r"\bdeprecated\b", sentence, re.I)), "")
    return Docstring(tuple(summary), parameters, tuple(returns), deprecated, tuple(raises))


def spoken_of(text: str, name: str) -> tuple[str, ...]:
    """The sentences of a docstring's prose that speak of a parameter, for those whose docstring has no list of them."""
    spoken = _SPOKEN_OF.replace("{name}", re.escape(name))
    pattern = re.compile(rf"\b{re.escape(name)}\b" if "_" in name.strip("_") else spoken)
    return tuple(one for one in read_docstring(text).summary if pattern.search(one))


def read_parameters(text: str) -> Mapping[str, ParameterDocumentation]:
    """The parameters in a piece of docstring that has no heading, as decorators append them."""
    # griffe takes a heading on the first line for text.
    return read_docstring(
        "Parameters.\n\nArgs:\n" + textwrap.indent(textwrap.dedent(text).strip("\n"), "    ")
    ).parameters


def _sections(text: str) -> list[Any]:
    """griffe's sections; where it stumbles (an empty ``Returns:``), the whole text as one."""
    style = _style(text)
    # One value: what comes back may be described over several lines of one indentation.
    options: Any = {"returns_multiple_items": False} if style == "google" else {}
    attempts: tuple[dict[str, Any], ...] = (options, {})
    for attempt in attempts:
        try:
            return griffe.parse(griffe.Docstring(_tidy(text)), style, **attempt)
        except Exception:  # it raises whatever its parsing met: IndexError, AttributeError, …
            log.debug("griffe stumbled over a docstring", exc_info=True)
    return [griffe.DocstringSectionText(text)]


def _style(text: str) -> Any:
    if re.search(r"^\s*-{3,}\s*$", text, re.MULTILINE):
        return "numpy"
    return "sphinx" if re.search(r"^\s*:(param|parameter|arg|argument|returns?|rtype)\b", text, re.M) else "google"


def _tidy(text: str) -> str:
    """Headings as griffe knows them: ``Parameters:`` of the transformers docstrings is Google's ``Args:``, and the
    docstrings of CPython's own functions have none."""
    if _style(text) == "google":
        text = _CLINIC.sub(lambda found: f"Args:\n{textwrap.indent(_NAME_ALONE.sub(_HEADED, found[0]), '    ')}", text)
    text = _DASHED.sub(r"\1\2: ", text)
    return re.sub(r"^( *)(?:Params|Parameters|Arguments):\s*$", r"\1Args:", text, flags=re.MULTILINE)


def _parameter(kind: str, description: str) -> ParameterDocumentation:
    choices: dict[str, str] = {}
    for block in blocks(description):
        head, colon, rest = block.partition(":")
        values = re.findall(r"[`'\"]+([^`'\"]+)[`'\"]+", head)
        if colon and rest.strip() and values and len(head) < 60:
            choices.update(dict.fromkeys(values, block))
    return ParameterDocumentation(plain(kind), sentences(description), choices)


def _listed_parameters(text: str) -> list[tuple[str, ParameterDocumentation]]:
    found: list[tuple[str, ParameterDocumentation]] = []
    for match in _PARAMETER_LIST.finditer(text):
        documented = _parameter("", re.sub(r"^\*\(optional\)\*\s*", "", match["text"]))
        found.extend((name.strip().lstrip("*"), documented) for name in match["names"].split(","))
    return found


def _returned(values: Any) -> list[str]:
    found: list[str] = []
    for one in values if isinstance(values, list) else [values]:
        kind = plain(str(one.annotation or getattr(one, "name", "") or ""))
        text = plain(one.description)
        found.extend(split(f"{kind}: {text}" if kind and text else kind or text))
    return found
