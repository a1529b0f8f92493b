"""Every option, declared once: name, type, default, one sentence.

The README's table, the editors' settings and ``glossator settings`` come from these fields.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Iterator
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
    context: int = option(0, "The most tokens of prompt and answer together; 0 takes all that the model has.")

    @property
    def reference(self) -> str:
        """The name with the revision, as the engine is asked for it."""
        return f"{self.name}@{self.revision}" if self.revision else self.name


@dataclass(frozen=True, slots=True)
class AdapterSettings:
    """Which registered adapters answer on top of the model; see ``glossator adapters list``."""

    complete: str = option("", "The adapter that completes; empty is the model itself.")
    explain: str = option("", "The adapter that writes explanations; empty is the model itself.")
    languages: str = option(
        "",
        "Adapters that complete by language, stronger than adapters.complete, such as python=mine,go=other.",
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
            yield Option(name, spell(hints[one.name]), one.default, told["sentence"], told["personal"])


def options_table() -> str:
    """The options as a Markdown table, for the README and ``glossator settings``."""
    rows = [f"| `{one.name}` | {one.type} | `{json.dumps(one.default)}` | {one.sentence} |" for one in options()]
    return "\n".join(["| option | type | default | what it does |", "| --- | --- | --- | --- |", *rows])


def spell(kind: Any) -> str:
    """A type as documentation says it."""
    if typing.get_origin(kind) is Literal:
        return " or ".join(f'"{choice}"' for choice in typing.get_args(kind))
    assert isinstance(kind, type | types.GenericAlias)
    return {"bool": "true or false", "int": "a whole number", "float": "a number", "str": "text"}[kind.__name__]
