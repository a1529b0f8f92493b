"""Every option, declared once: name, type, default, one sentence.

The README's table, the editors' settings and ``glossator settings`` come from these fields. ``parse`` never raises: a
key that is unknown or unusable is named, the rest applies.
"""

from __future__ import annotations

import dataclasses
import json
import math
import os
import re
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from glossator.errors import Problem

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def option(default: Any, sentence: str, personal: bool = False) -> Any:
    """A dataclass field that carries its own documentation. ``personal``: a project's file cannot set it."""
    return field(default=default, metadata={"sentence": sentence, "personal": personal})


@dataclass(frozen=True, slots=True)
class HoverSettings:
    """What a hover shows."""

    enabled: bool = option(True, "Show explanations when hovering.")
    synthesis: Literal["off", "cached", "auto"] = option(
        "auto",
        "Model text in hovers: never, only when remembered, or written in the background for the next hover.",
    )


@dataclass(frozen=True, slots=True)
class ExplainSettings:
    """What writes explanations."""

    model: Literal["auto", "always", "never"] = option(
        "auto",
        "Let the model write, where its text survives the check; auto: unless it is the embedded one, too small.",
    )


@dataclass(frozen=True, slots=True)
class CompletionSettings:
    """When completions are offered and how long they may get."""

    enabled: bool = option(True, "Offer completions while typing.")
    max_tokens: int = option(64, "Longest completion, in the model's tokens.")
    deadline: float = option(5.0, "Seconds after which a completion ends with what it has.")


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Which model answers."""

    name: str = option("smollm2-135m-instruct", "The embedded model's name, or a folder with a transformers model.")


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """The process that holds the model."""

    threads: int = option(0, "Threads for the model; 0 takes all cores but one.")
    idle_unload: float = option(15.0, "Minutes without a request after which the engine gives the model's memory back.")
    idle_exit: float = option(30.0, "Minutes without a request after which the engine ends.")
    load_timeout: float = option(180.0, "Seconds to wait for the engine to start and load its model.")


@dataclass(frozen=True, slots=True)
class PythonSettings:
    """Where your code's packages are."""

    environment: str = option(
        "",
        "The virtual environment whose packages your code uses; empty looks for .venv, venv and the active one.",
    )


@dataclass(frozen=True, slots=True)
class SymbolsSettings:
    """The child process that resolves names."""

    idle_stop: float = option(10.0, "Minutes without a question after which the symbol server ty is stopped.")


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """Whether, and whom, explanations that you ask for may ask on the web. Hovers never do. Keys are no settings: they
    are read from the environment."""

    consent: Literal["off", "ask", "on"] = option(
        "off",
        "Whether names of public packages and their symbols may be sent to web sources; "
        '"ask" is "off" until the editor has asked. A project\'s file cannot set it.',
        personal=True,
    )
    sources: str = option(
        "stackexchange,readthedocs",
        "Web sources by name: stackexchange, readthedocs, searxng, tavily (key in TAVILY_API_KEY, or none), "
        "brave (key in BRAVE_API_KEY). A project's file cannot set it.",
        personal=True,
    )
    searxng_url: str = option(
        "",
        "The address of your own SearXNG instance. A project's file cannot set it.",
        personal=True,
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds. What the user said, in any of the layers, was joined by ``parse``."""

    hover: HoverSettings = HoverSettings()
    explain: ExplainSettings = ExplainSettings()
    completion: CompletionSettings = CompletionSettings()
    model: ModelSettings = ModelSettings()
    engine: EngineSettings = EngineSettings()
    python: PythonSettings = PythonSettings()
    symbols: SymbolsSettings = SymbolsSettings()
    search: SearchSettings = SearchSettings()


@dataclass(frozen=True, slots=True)
class Option:
    """One option as documentation sees it."""

    name: str
    type: str
    default: object
    sentence: str
    personal: bool = False


def options() -> Iterator[Option]:
    """Every option in order, for the generated tables."""
    for section in dataclasses.fields(Settings):
        kind = typing.get_type_hints(Settings)[section.name]
        hints = typing.get_type_hints(kind)
        for one in dataclasses.fields(kind):
            name, told = f"{section.name}.{one.name}", one.metadata
            yield Option(name, _spell(hints[one.name]), one.default, told["sentence"], told["personal"])


def options_table() -> str:
    """The options as a Markdown table, for the README and ``glossator settings``."""
    rows = [f"| `{one.name}` | {one.type} | `{json.dumps(one.default)}` | {one.sentence} |" for one in options()]
    return "\n".join(["| option | type | default | what it does |", "| --- | --- | --- | --- |", *rows])


def parse(*layers: Any) -> tuple[Settings, tuple[Problem, ...]]:
    """Join layers of nested mappings, later ones winning. Names may be snake_case or camelCase.

    A layer may be anything that an editor or a file can hold, hence ``Any``; null stands for "not set".
    """
    problems: list[Problem] = []
    hints = typing.get_type_hints(Settings)
    chosen: dict[str, dict[str, Any]] = {name: {} for name in hints}
    for layer in layers:
        if isinstance(layer, Mapping):
            for section, values in layer.items():
                _take(_snake(str(section)), values, hints, chosen, problems)
        elif layer is not None:
            problems.append(Problem(f"The settings are {layer!r}.", "They must be groups of settings by name."))
    return Settings(**{name: hints[name](**values) for name, values in chosen.items()}), tuple(problems)


def load(root: Path | None, editor: Any = None) -> tuple[Settings, tuple[Problem, ...]]:
    """The settings for a workspace: project file, user's file, editor's section, environment; later wins.

    What sends words to the web is the user's to say: whoever wrote the project must not decide it.
    """
    from glossator.paths import configuration_file

    layers: list[Any] = []
    problems: list[Problem] = []
    project = root / "glossator.toml" if root else None
    for file in ([project] if project else []) + [configuration_file()]:
        try:
            layer = tomllib.loads(file.read_text("utf-8-sig"))  # some editors begin a file with a mark
            layers.append(_impersonal(layer, file, problems) if file == project else layer)
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
            problems.append(Problem(f"{file} cannot be read: {error}.", "Correct the file; its settings do not apply."))
    settings, more = parse(*layers, editor, _environment(os.environ))
    return settings, (*problems, *more)


def _impersonal(layer: Mapping[str, Any], file: Path, problems: list[Problem]) -> dict[str, Any]:
    """A project's layer without the settings that are not a project's to make; those are named."""
    personal = {one.name for one in options() if one.personal}
    kept: dict[str, Any] = {}
    for section, values in layer.items():
        if not isinstance(values, Mapping):
            kept[section] = values
            continue
        names = {key: f"{_snake(section)}.{_snake(key)}" for key in values}
        kept[section] = {key: value for key, value in values.items() if names[key] not in personal}
        problems.extend(
            Problem(f"{file} sets {name}, which a project cannot.", "Set it in your own file or your editor.")
            for name in names.values()
            if name in personal
        )
    return kept


def _environment(variables: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """``GLOSSATOR_ENGINE_IDLE_EXIT=5`` sets ``engine.idle_exit``; other variables are none of our business."""
    found: dict[str, dict[str, str]] = {}
    for one in options():
        section, name = one.name.split(".")
        value = variables.get(f"GLOSSATOR_{section}_{name}".upper())
        if value:
            found.setdefault(section, {})[name] = value
    return found


def _take(
    section: str,
    values: Any,
    hints: Mapping[str, Any],
    chosen: dict[str, dict[str, Any]],
    problems: list[Problem],
) -> None:
    if values is None:
        return
    if section not in hints:
        known = ", ".join(hints)
        problems.append(Problem(f"There is no group of settings named {section!r}.", f"Groups are: {known}."))
        return
    if not isinstance(values, Mapping):
        problems.append(Problem(f"The settings {section} are {values!r}.", "They must be settings by name."))
        return
    kinds = typing.get_type_hints(hints[section])
    for key, value in values.items():
        name = _snake(str(key))
        if name not in kinds:
            known = ", ".join(kinds)
            problems.append(Problem(f"There is no setting {section}.{name}.", f"In {section} there are: {known}."))
            continue
        if value is None:
            continue
        try:
            chosen[section][name] = _convert(value, kinds[name])
        except ValueError as error:
            problems.append(Problem(f"The setting {section}.{name} is {value!r}.", f"It must be {error}."))


def _convert(value: Any, kind: Any) -> Any:
    """The value as its declared type; text that spells one is taken, since the environment has nothing else.

    Raises:
        ValueError: it cannot be one; the message says what it must be.
    """
    if typing.get_origin(kind) is Literal:
        if value in typing.get_args(kind):
            return value
        raise ValueError(_spell(kind))
    if kind in (int, float):
        return _convert_number(value, kind)
    if kind is bool and isinstance(value, str):
        value = {"true": True, "false": False}.get(value.lower(), value)
    if isinstance(value, kind):
        return value
    raise ValueError(_spell(kind))


def _convert_number(value: Any, kind: type[int] | type[float]) -> float:
    try:
        number = float("nan") if isinstance(value, bool) else float(value)
        if math.isfinite(number) and number >= 0 and (kind is float or number.is_integer()):
            return kind(value) if isinstance(value, str | int) else kind(number)
    except (TypeError, ValueError, OverflowError):
        pass
    raise ValueError(f"{_spell(kind)}, and not below 0")


def _spell(kind: Any) -> str:
    if typing.get_origin(kind) is Literal:
        return " or ".join(f'"{choice}"' for choice in typing.get_args(kind))
    assert isinstance(kind, type | types.GenericAlias)
    return {"bool": "true or false", "int": "a whole number", "float": "a number", "str": "text"}[kind.__name__]


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
