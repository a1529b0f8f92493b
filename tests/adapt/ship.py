"""`python -m tests.adapt.ship NAME`: a trained adapter into the package, in half precision, for all who install it.

For us alone, after `glossator adapters train --recipe NAME`: what is shipped is never trained on a user's machine.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy
from safetensors.numpy import load_file, save_file

from glossator.adapt.recipe import read_recipe
from glossator.models.adapter_format import FORMAT_FILE
from glossator.models.adapters import CONFIGURATION, MANIFEST, SHIPPED, WEIGHTS, Adapter, adapters_folder


def ship(trained: Path, name: str) -> Adapter:
    """Write the shipped folder anew. ``trained`` is an adapter's folder that a training left."""
    target = SHIPPED / name
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for file in (CONFIGURATION, FORMAT_FILE, "README.md", "loss.svg"):
        shutil.copyfile(trained / file, target / file)
    halves = {key: one.astype(numpy.float16) for key, one in load_file(trained / WEIGHTS[0]).items()}
    save_file(halves, target / WEIGHTS[0], {"format": "pt"})
    record = json.loads((trained / "training.json").read_text("utf-8"))
    kept = {key: record[key] for key in ("base", "parameters", "steps", "files", "characters", "licenses", "left_out")}
    losses = {key: record[key] for key in ("losses", "held_out_losses")}
    told = {**kept, "recipe": read_recipe(name).digest, **losses}
    (target / "training.json").write_text(json.dumps(told) + "\n", "utf-8")
    weights = (target / WEIGHTS[0]).read_bytes()
    manifest = Adapter(**json.loads((trained / MANIFEST).read_text("utf-8")))
    shipped = replace(
        manifest,
        name=name,
        source="Glossator",
        sha256=hashlib.sha256(weights).hexdigest(),
        size=len(weights),
        effect="Teaches the model to complete in the middle.",
    )
    (target / MANIFEST).write_text(json.dumps(asdict(shipped), indent=2) + "\n", "utf-8")
    return shipped


if __name__ == "__main__":
    print(ship(adapters_folder() / sys.argv[1], sys.argv[1]))
