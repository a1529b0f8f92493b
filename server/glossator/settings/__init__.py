"""What the user may choose: declared in ``declarations``, joined from its layers by ``reading``."""

from glossator.settings.declarations import (
    AdapterSettings,
    BackendSettings,
    BackendsSettings,
    CompletionSettings,
    EngineSettings,
    ExplainSettings,
    HoverSettings,
    ModelSettings,
    Option,
    PythonSettings,
    SearchSettings,
    Settings,
    SymbolsSettings,
    named_options,
    options,
    options_table,
    schema,
)
from glossator.settings.reading import load, parse

__all__ = [
    "AdapterSettings",
    "BackendSettings",
    "BackendsSettings",
    "CompletionSettings",
    "EngineSettings",
    "ExplainSettings",
    "HoverSettings",
    "ModelSettings",
    "Option",
    "PythonSettings",
    "SearchSettings",
    "Settings",
    "SymbolsSettings",
    "load",
    "named_options",
    "options",
    "options_table",
    "parse",
    "schema",
]
