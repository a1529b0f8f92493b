"""``glossator engine``: the model's process, for whoever wants to see or stop it."""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from glossator.child import SAFE_DIRECTORY, environment
from glossator.errors import NothingToSay
from glossator.models import engine_process
from glossator.models.engine_address import TOKEN_VARIABLE, team_token
from glossator.models.engine_command import engine_command
from glossator.models.local_extra import require_local_extra
from glossator.models.store import require
from glossator.settings import load

DEFAULT_PORT = 8791
ROWS = (
    "state",
    "message",
    "model",
    "format",
    "runtime_reason",
    "pid",
    "version",
    "rss_mb",
    "active_jobs",
    "generated_tokens",
    "idle_seconds",
)


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``engine`` and what can be done with it."""
    parser = subparsers.add_parser("engine", help="run, see and stop the model's process")
    actions = parser.add_subparsers(dest="action", required=True, metavar="run|status|stop|logs")
    foreground = actions.add_parser("run", help="run it here, in the foreground, until Ctrl-C")
    foreground.add_argument("--host", default="", help="serve others too, on this address; wants a token")
    foreground.add_argument("--port", type=int, default=DEFAULT_PORT, help="with --host; 0 takes any")
    foreground.add_argument(
        "--token-file", default="", help=f"a file of yours alone, mode 600; without it {TOKEN_VARIABLE} has the token"
    )
    foreground.set_defaults(run=run_here)
    actions.add_parser("status", help="show how it is").set_defaults(run=run_status)
    actions.add_parser("stop", help="end it, whoever started it").set_defaults(run=run_stop)
    logs = actions.add_parser("logs", help="show what it printed since its start")
    logs.add_argument("--lines", type=int, default=50, help="how many of the last lines")
    logs.set_defaults(run=run_logs)


def run_here(arguments: argparse.Namespace) -> int:
    """Become the engine.

    Raises:
        PartMissing: the local extra is not installed.
        ModelMissing: the model is not pulled.
        WrongUse: others are to be served, and there is no token that they could present.
    """
    settings, _ = load(Path.cwd())
    if arguments.host:
        team_token(arguments.token_file)  # said here, in a second, and not after torch is imported
    require_local_extra()
    require(settings.model.reference)
    # Who runs it in a terminal ends it there.
    settings = replace(settings, engine=replace(settings.engine, idle_exit=0))
    command = [*engine_command(settings), "--foreground"]
    if arguments.host:
        command += ["--host", arguments.host, "--port", str(arguments.port)]
        command += ["--token-file", str(Path(arguments.token_file).absolute())] if arguments.token_file else []
    if sys.platform == "win32":  # which has no exec
        return subprocess.call(command, cwd=SAFE_DIRECTORY, env=environment())
    variables = environment()
    os.chdir(SAFE_DIRECTORY)
    return os.execve(command[0], command, variables)


def run_status(arguments: argparse.Namespace) -> int:
    """A table of what the engine says about itself.

    Raises:
        NothingToSay: there is none.
    """
    found = asyncio.run(engine_process.status())
    if found is None:
        if engine_process.is_alive():
            raise NothingToSay("The engine lives but does not answer.", "Wait, or run 'glossator engine stop'.")
        raise NothingToSay("No engine runs.", "It starts when a command or an editor needs the model.")
    table = Table(show_header=False)
    for name in ROWS:
        table.add_row(name, str(found.details.get(name, "")))
    Console().print(table)
    return 0


def run_stop(arguments: argparse.Namespace) -> int:
    """End the engine."""
    print("The engine is stopped." if asyncio.run(engine_process.stop()) else "No engine runs.")
    return 0


def run_logs(arguments: argparse.Namespace) -> int:
    """The end of the log.

    Raises:
        NothingToSay: it is empty.
    """
    if not (tail := engine_process.log_tail(arguments.lines)):
        raise NothingToSay("The engine printed nothing since its last start.")
    print(tail)
    return 0
