"""Every option, declared once: name, type, default, one sentence.

The README's table, the editors' settings and ``glossator settings`` come from these fields.
"""

from __future__ import annotations

import dataclasses
import json
import re
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


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
    alternatives: int = option(3, "Most suggestions where one asks by hand, to choose from; the engine gives up to 8.")
    confidence: float = option(
        0.3,
        "How probable (0 to 1) each token of the first line must be, where nobody asked by hand; a suggestion ends "
        "before the first that is not.",
    )
    ahead: bool = option(True, "Prepare, on this machine only, what follows a suggestion while it is shown.")
    languages_off: str = option("", "Languages without completions while typing, by the editor's names, with commas.")
    statistics: bool = option(True, "Count, on this machine only, what becomes of suggestions: glossator stats.")
    context_tokens: int = option(
        256,
        "Most tokens of the prompt for what stands in other files: definitions, recent edits, places you were at, "
        "similar code; 0 shows the model nothing but the text itself.",
    )
    exclude: str = option(
        "",
        "Files that are neither completed nor shown when others are, as comma-separated gitignore patterns, beside "
        ".env, keys and the like.",
    )


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Which model answers."""

    name: str = option(
        "smollm2-135m-instruct",
        "The embedded model's name, a name of the hub that was pulled (bigcode/starcoderbase-1b), a folder with a "
        "transformers model, or a GGUF file.",
    )
    revision: str = option("", "A branch, tag or commit of a model of the hub; empty takes its main one.")
    quantization: Literal["auto", "none", "int8", "nf4"] = option(
        "auto",
        "How weights are held: as they are, in 8 bits, in 4 bits; auto takes the best that fits, on a CPU the fastest "
        "of equal quality.",
    )
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = option(
        "auto", "The numbers that are computed with; auto: float32 on a CPU, bfloat16 on a card."
    )
    device: str = option("auto", "Where the model runs: auto, cpu, cuda, cuda:1 (a card by its number), mps.")
    runtime: Literal["auto", "torch", "onnx"] = option(
        "auto",
        "What computes: torch, or onnxruntime with weights in 8 bits on a CPU; auto: onnx where the model and the "
        "adapter allow it.",
    )
    context: int = option(0, "The most tokens of prompt and answer together; 0 takes all that the model has.")

    @property
    def reference(self) -> str:
        """The name with the revision, as the engine is asked for it."""
        return f"{self.name}@{self.revision}" if self.revision else self.name


@dataclass(frozen=True, slots=True)
class AdapterSettings:
    """Which registered adapters answer on top of the model; see ``glossator adapters list``."""

    complete: str = option(
        "auto",
        "The adapter that completes, by its name here or on the hub; auto is the one that was trained on this "
        "workspace, where adapters.automatic allows it; empty is the model itself.",
    )
    explain: str = option("", "The adapter that writes explanations, named likewise; empty is the model itself.")
    languages: str = option(
        "",
        "Adapters that complete by language, stronger than adapters.complete, such as python=mine,go=other.",
    )
    automatic: Literal["auto", "always", "never"] = option(
        "auto",
        "Let an adapter that was trained on the workspace's own repository complete there, if nothing else is said; "
        "auto: unless its evaluation says that it does not help.",
    )


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """The process that holds the model."""

    threads: int = option(0, "Threads for the model; 0 takes all cores but one.")
    idle_unload: float = option(15.0, "Minutes without a request after which the engine gives the model's memory back.")
    idle_exit: float = option(30.0, "Minutes without a request after which the engine ends.")
    loopback: bool = option(
        False,
        "Reach the engine by loopback and a token in a file of yours, not by a Unix socket; on Windows always so.",
    )
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
        "brave (key in BRAVE_API_KEY), huggingface (models and data sets named in strings). "
        "A project's file cannot set it.",
        personal=True,
    )
    searxng_url: str = option(
        "",
        "The address of your own SearXNG instance. A project's file cannot set it.",
        personal=True,
    )


@dataclass(frozen=True, slots=True)
class BackendSettings:
    """One model elsewhere, that speaks the OpenAI API. Keys are no settings: only where one is found."""

    url: str = option("", "Where the API is, with its /v1, as in https://api.openai.com/v1.", personal=True)
    model: str = option("", "The model's name there.", personal=True)
    key_variable: str = option("", "The environment variable that holds the key.", personal=True)
    keyring: bool = option(
        False, "Take the key from the system's keyring, where `glossator backends key NAME` puts it.", personal=True
    )
    infill: Literal["auto", "suffix", "fim", "chat", "none"] = option(
        "auto",
        "How a completion tells what stands behind the cursor: the API's suffix, the family's own tokens in the text, "
        "a question in a chat, or not at all; auto tries in this order, once, and remembers.",
        personal=True,
    )
    family: str = option("", "The model's family, for its tokens; empty takes it from the model's name.", personal=True)
    purposes: str = option("complete,explain", "What it is asked for.", personal=True)
    trusted: bool = option(False, "Treat this address like this machine: no consent is needed.", personal=True)
    patience: float = option(
        10.0, "Seconds to wait for the answer's first piece before the next is asked.", personal=True
    )
    retries: int = option(1, "How often to ask again after a fault, before the next is asked.", personal=True)
    price_in: float = option(0.0, "What a million tokens of prompts cost, in your currency.", personal=True)
    price_out: float = option(0.0, "What a million tokens of answers cost.", personal=True)
    monthly_tokens: int = option(0, "Most tokens in a month, prompts and answers; 0 for no limit.", personal=True)
    monthly_cost: float = option(0.0, "Most money in a month, by these prices; 0 for no limit.", personal=True)


@dataclass(frozen=True, slots=True)
class BackendsSettings:
    """Who is asked for a model's text, and whether anything may leave this machine for it."""

    order: str = option(
        "engine",
        "Who is asked, in this order, until one begins to answer: engine (this machine's own) and names of your "
        "[backends.NAME] groups. A project's file cannot set it.",
        personal=True,
    )
    consent: Literal["off", "ask", "on"] = option(
        "off",
        "Whether your code may be sent to backends that are not on this machine; ask: decide for each workspace. "
        "A project's file cannot set it.",
        personal=True,
    )
    ignore: str = option(
        "", "Files never sent elsewhere, as comma-separated gitignore patterns, beside .env, keys and the like."
    )
    ignore_gitignored: bool = option(False, "Never send elsewhere what git ignores.")
    named: Mapping[str, BackendSettings] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds. What the user said, in any of the layers, was joined by ``parse``."""

    hover: HoverSettings = HoverSettings()
    explain: ExplainSettings = ExplainSettings()
    completion: CompletionSettings = CompletionSettings()
    model: ModelSettings = ModelSettings()
    adapters: AdapterSettings = AdapterSettings()
    engine: EngineSettings = EngineSettings()
    python: PythonSettings = PythonSettings()
    symbols: SymbolsSettings = SymbolsSettings()
    search: SearchSettings = SearchSettings()
    backends: BackendsSettings = BackendsSettings()


@dataclass(frozen=True, slots=True)
class Option:
    """One option as documentation sees it."""

    name: str
    type: str
    default: object
    sentence: str
    personal: bool = False
    choices: tuple[str, ...] = ()


def options() -> Iterator[Option]:
    """Every option in order, for the generated tables; those of named groups are in ``named_options``."""
    for section, kind in _groups():
        yield from _options_of(section, kind)


def named_options() -> Iterator[Option]:
    """The options of every group that the user names, as ``backends.NAME.url``."""
    for section, kind in _groups():
        named = named_kind(kind)
        if named is not None:
            yield from _options_of(f"{section}.NAME", named)


def named_kind(section: type) -> type | None:
    """What a section's named groups are made of: it declares them as a mapping ``named``. None if it has none."""
    hint = typing.get_type_hints(section).get("named")
    return typing.get_args(hint)[1] if hint is not None else None


def options_table() -> str:
    """The options as a Markdown table, for the README and ``glossator settings``."""
    every = (*options(), *named_options())
    rows = [f"| `{one.name}` | {one.type} | `{json.dumps(one.default)}` | {one.sentence} |" for one in every]
    return "\n".join(["| option | type | default | what it does |", "| --- | --- | --- | --- |", *rows])


def schema() -> dict[str, Any]:
    """The options as JSON schema properties, as editors' extensions declare settings: camelCase below ``glossator.``.

    What a project cannot set has the scope ``machine``: an editor's own settings in a project's folder are a
    project's as well. Named groups are one object with a property for each.
    """
    found: dict[str, Any] = {}
    for one in options():
        found[f"glossator.{camel(one.name)}"] = {
            **_schema_of(one),
            "scope": "machine" if one.personal else "resource",
        }
    for section, kind in _groups():
        named = named_kind(kind)
        if named is not None:
            inner = {camel(one.name): _schema_of(one) for one in _options_of("", named)}
            found[f"glossator.{camel(section)}.named"] = {
                "type": "object",
                "default": {},
                "description": (named.__doc__ or "").partition("\n")[0],
                "additionalProperties": {"type": "object", "properties": inner, "additionalProperties": False},
                "scope": "machine",
            }
    return found


def camel(name: str) -> str:
    """``engine.idle_exit`` as editors write it: ``engine.idleExit``."""
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)


def spell(kind: Any) -> str:
    """A type as documentation says it."""
    if typing.get_origin(kind) is Literal:
        return " or ".join(f'"{choice}"' for choice in typing.get_args(kind))
    assert isinstance(kind, type | types.GenericAlias)
    return {"bool": "true or false", "int": "a whole number", "float": "a number", "str": "text"}[kind.__name__]


def _groups() -> Iterator[tuple[str, type]]:
    hints = typing.get_type_hints(Settings)
    return ((section.name, hints[section.name]) for section in dataclasses.fields(Settings))


def _options_of(section: str, kind: type) -> Iterator[Option]:
    hints = typing.get_type_hints(kind)
    for one in dataclasses.fields(kind):
        if one.name != "named":
            name = f"{section}.{one.name}" if section else one.name
            yield Option(
                name,
                spell(hints[one.name]),
                one.default,
                one.metadata["sentence"],
                one.metadata["personal"],
                typing.get_args(hints[one.name]),
            )


def _schema_of(one: Option) -> dict[str, Any]:
    kinds = {"true or false": "boolean", "a whole number": "integer", "a number": "number"}
    found: dict[str, Any] = {"type": kinds.get(one.type, "string"), "default": one.default}
    if one.choices:
        found["enum"] = list(one.choices)
    if found["type"] in ("integer", "number"):
        found["minimum"] = 0
    return {**found, "description": one.sentence}
