"""The command line: one small file per command, no logic of its own."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from glossator import __version__
from glossator.errors import GlossatorError

# Each has ``register(subparsers)``; what a command needs is imported when it runs, so that none pays for another.
COMMANDS = (
    "explain",
    "ask",
    "search",
    "complete",
    "demo",
    "serve",
    "models",
    "adapters",
    "engine",
    "backends",
    "consent",
    "stats",
    "cache",
    "settings",
    "doctor",
)
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. 0: answered; 1: nothing to say; 2: wrong use; 3: a needed part is missing."""
    parsed = _parser().parse_args(arguments)
    try:
        return int(parsed.run(parsed))
    except GlossatorError as error:
        print(f"glossator: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("glossator: Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def _parser() -> argparse.ArgumentParser:
    description = "Explanations that cite their sources, and completions, from a model on your own machine."
    parser = argparse.ArgumentParser(prog="glossator", description=description)
    parser.add_argument("--version", action="version", version=f"glossator {__version__}")
    subparsers = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name in COMMANDS:
        importlib.import_module(f"glossator.cli.{name}").register(subparsers)
    return parser
