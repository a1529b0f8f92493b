"""What the user said, in any of its layers, to what holds.

``parse`` never raises: a key that is unknown or unusable is named, the rest applies.
"""

from __future__ import annotations

import math
import os
import re
import sys
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from glossator.errors import Problem
from glossator.settings.declarations import Settings, named_kind, options, spell

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

# What a user may call a group of their own; ``engine`` is ours.
NAME = re.compile(r"(?!engine$)[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


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
    return Settings(**{name: _made(hints[name], values) for name, values in chosen.items()}), tuple(problems)


def load(root: Path | None, editor: Any = None) -> tuple[Settings, tuple[Problem, ...]]:
    """The settings for a workspace: project file, user's file, editor's section, environment; later wins.

    What sends words to the web is the user's to say: whoever wrote the project must not decide it.
    """
    from glossator.paths import configuration_file  # not needed to know what settings there are

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
    """A project's layer without the settings that are not a project's to make; those are named.

    Groups that the user names are never a project's: they say where code is sent to.
    """
    personal = {one.name for one in options() if one.personal}
    hints = typing.get_type_hints(Settings)
    kept: dict[str, Any] = {}
    for section, values in layer.items():
        if not isinstance(values, Mapping):
            kept[section] = values
            continue
        has_named = named_kind(hints[_snake(section)]) if _snake(section) in hints else None
        names = {key: f"{_snake(section)}.{_snake(key)}" for key in values}
        refused = {key for key, value in values.items() if has_named and isinstance(value, Mapping)}
        refused |= {key for key in values if names[key] in personal}
        kept[section] = {key: value for key, value in values.items() if key not in refused}
        problems.extend(
            Problem(f"{file} sets {name}, which a project cannot.", "Set it in your own file or your editor.")
            for key, name in names.items()
            if key in refused
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
    if named_kind(hints[section]) is None:
        _take_values(section, values, hints[section], chosen[section], problems)
        return
    inner, own = _split(values, hints[section])
    _take_values(section, own, hints[section], chosen[section], problems)
    _take_named(section, inner, hints[section], chosen[section].setdefault("named", {}), problems)


def _take_values(
    section: str, values: Mapping[Any, Any], kind: type, chosen: dict[str, Any], problems: list[Problem]
) -> None:
    kinds = {name: one for name, one in typing.get_type_hints(kind).items() if name != "named"}
    for key, value in values.items():
        name = _snake(str(key))
        if name not in kinds:
            known = ", ".join(kinds)
            problems.append(Problem(f"There is no setting {section}.{name}.", f"In {section} there are: {known}."))
            continue
        if value is None:
            continue
        try:
            chosen[name] = _convert(value, kinds[name])
        except ValueError as error:
            problems.append(Problem(f"The setting {section}.{name} is {value!r}.", f"It must be {error}."))


def _split(values: Mapping[Any, Any], kind: type) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """The groups that the user named, and the section's own options. ``named`` holds groups as well: an editor that
    declares its settings needs one name for all of them."""
    inner = {key: one for key, one in values.items() if isinstance(one, Mapping) and key != "named"}
    inner = {key: one for key, one in inner.items() if _snake(str(key)) not in typing.get_type_hints(kind)}
    listed = values.get("named")
    own = {key: one for key, one in values.items() if key not in inner and key != "named"}
    return {**inner, **(listed if isinstance(listed, Mapping) else {})}, own


def _take_named(
    section: str, groups: Mapping[Any, Any], kind: type, chosen: dict[str, Any], problems: list[Problem]
) -> None:
    named = named_kind(kind)
    assert named is not None
    for name, values in groups.items():
        place = f"{section}.{name}"
        if not isinstance(name, str) or not NAME.fullmatch(name):
            known = "letters, digits, - and _; and engine is taken"
            problems.append(Problem(f"There cannot be a group {place!r}.", f"Its name must be of {known}."))
        elif isinstance(values, Mapping):
            _take_values(place, values, named, chosen.setdefault(name, {}), problems)
        elif values is not None:
            problems.append(Problem(f"The settings {place} are {values!r}.", "They must be settings by name."))


def _made(kind: Any, values: dict[str, Any]) -> Any:
    """A section of what was chosen for it."""
    inner = named_kind(kind)
    if inner is None:
        return kind(**values)
    named = {name: inner(**one) for name, one in values.get("named", {}).items()}
    return kind(**{**values, "named": named})


def _convert(value: Any, kind: Any) -> Any:
    """The value as its declared type; text that spells one is taken, since the environment has nothing else.

    Raises:
        ValueError: it cannot be one; the message says what it must be.
    """
    if typing.get_origin(kind) is Literal:
        if value in typing.get_args(kind):
            return value
        raise ValueError(spell(kind))
    if kind in (int, float):
        return _convert_number(value, kind)
    if kind is bool and isinstance(value, str):
        value = {"true": True, "false": False}.get(value.lower(), value)
    if isinstance(value, kind):
        return value
    raise ValueError(spell(kind))


def _convert_number(value: Any, kind: type[int] | type[float]) -> float:
    try:
        number = float("nan") if isinstance(value, bool) else float(value)
        if math.isfinite(number) and number >= 0 and (kind is float or number.is_integer()):
            return kind(value) if isinstance(value, str | int) else kind(number)
    except (TypeError, ValueError, OverflowError):
        pass
    raise ValueError(f"{spell(kind)}, and not below 0")


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
