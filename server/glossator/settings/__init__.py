"""What the user may choose: declared in ``declarations``, joined from its layers by ``reading``."""

from glossator.settings.declarations import (
    AdapterSettings,
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
    options,
    options_table,
)
from glossator.settings.reading import load, parse

__all__ = [
    "AdapterSettings",
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
    "options",
    "options_table",
    "parse",
]
