"""``python -m glossator.engine``: see ``serve``."""

from __future__ import annotations

import argparse
import os
import sys

from glossator.errors import GlossatorError
from glossator.models.local_extra import require_local_extra
from glossator.settings import EngineSettings, ModelSettings

# Nothing is fetched by the engine, ever: what it loads was pulled, or lies in a folder that the user named.
OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1"}


def main(arguments: list[str]) -> int:
    """Serve; answers the exit status."""
    os.environ.update(OFFLINE, TOKENIZERS_PARALLELISM="false", HF_HUB_DISABLE_PROGRESS_BARS="1")
    options = _parser().parse_args(arguments)
    try:
        require_local_extra()
        from glossator.engine.serve import ServeOptions, Team, serve
        from glossator.models.engine_address import team_token

        given = vars(options)
        host, port, file = given.pop("host"), given.pop("port"), given.pop("token_file")
        team = Team(host, port, team_token(file)) if host else None
        names = ("quantization", "dtype", "device", "context", "runtime")
        choices = ModelSettings(options.model, **{name: given.pop(name) for name in names})
        adapters = tuple(filter(None, given.pop("adapters").split(",")))
        serve(ServeOptions(**given, team=team, choices=choices, adapters=adapters))
    except GlossatorError as error:
        print(error, file=sys.stderr, flush=True)
        return error.exit_code
    except KeyboardInterrupt:
        return 0
    return 0


def _parser() -> argparse.ArgumentParser:
    model, engine = ModelSettings(), EngineSettings()
    parser = argparse.ArgumentParser(prog="python -m glossator.engine", description="Serve a model to Glossator.")
    parser.add_argument("--model", default=model.name, help="a name of the catalog, or a folder")
    parser.add_argument("--quantization", default=model.quantization, choices=("auto", "none", "int8", "nf4"))
    parser.add_argument("--dtype", default=model.dtype, choices=("auto", "float32", "bfloat16", "float16"))
    parser.add_argument("--device", default=model.device, help="auto, cpu, cuda, cuda:1, mps")
    parser.add_argument("--context", type=int, default=model.context, help="tokens; 0 takes all that the model has")
    parser.add_argument("--runtime", default=model.runtime, choices=("auto", "torch", "onnx"))
    parser.add_argument("--adapters", default="", help="names, with commas, of adapters for which to leave room")
    parser.add_argument("--threads", type=int, default=engine.threads, help="0 takes all cores but one")
    parser.add_argument("--idle-unload", type=float, default=engine.idle_unload, help="minutes; 0 never unloads")
    parser.add_argument("--idle-exit", type=float, default=engine.idle_exit, help="minutes; 0 never exits")
    parser.add_argument("--tcp", action="store_true", help="listen on loopback with a token, not on a Unix socket")
    parser.add_argument("--foreground", action="store_true", help="tell on the terminal what goes on")
    parser.add_argument("--host", default="", help="serve others too, on this address; wants a token")
    parser.add_argument("--port", type=int, default=0, help="with --host; 0 takes any")
    parser.add_argument("--token-file", default="", help="a file of yours alone; else the environment has the token")
    return parser


if __name__ == "__main__":
    try:
        status = main(sys.argv[1:])
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # the model's thread may be in the middle of a step; the interpreter's own end could wait for it
