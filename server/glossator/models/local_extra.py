"""Whether the ``local`` extra is installed: asked of the import system, so that nothing heavy is loaded to know."""

from __future__ import annotations

from importlib.util import find_spec

from glossator.errors import PartMissing

NEEDED = ("torch", "transformers", "accelerate", "safetensors", "huggingface_hub", "gguf", "starlette", "uvicorn")


def missing_parts() -> tuple[str, ...]:
    """The packages that the engine needs and this Python does not have."""
    return tuple(name for name in NEEDED if find_spec(name) is None)


def require_local_extra() -> None:
    """Go on only if the engine can run here.

    Raises:
        PartMissing: packages are missing; the next step installs them.
    """
    if missing := missing_parts():
        what = f"Running a model on this machine needs {', '.join(missing)}, not installed here."
        raise PartMissing(what, "Run: pip install 'glossator[local]'")


def has_bitsandbytes() -> bool:
    """Whether weights can be quantised for torch; importing it to know costs seconds and 120 MB."""
    try:
        return find_spec("bitsandbytes") is not None
    except (ImportError, ValueError):
        return False
