"""``python -m glossator.engine.graph.build MODEL FOLDER [ADAPTER]``: a model, with an adapter merged, as a graph.

In a process of its own: it takes torch, and memory that is given back only at its end. The adapter is merged in
float32 before anything is rounded. The folder is written whole or not at all; lines of progress go to the output.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy
from onnx import TensorProto, ValueInfoProto, helper

from glossator.engine.convert import converted
from glossator.engine.graph.bigcode import BigCodeGraph
from glossator.engine.graph.builder import Array, GraphBuilder
from glossator.engine.graph.llama import LlamaGraph
from glossator.engine.graph.tensors import Tensors
from glossator.engine.state import describe_error
from glossator.errors import GlossatorError
from glossator.models.progress import Progress, to_line

KINDS: dict[str, type[LlamaGraph] | type[BigCodeGraph]] = {
    "llama": LlamaGraph,
    "qwen2": LlamaGraph,
    "gpt_bigcode": BigCodeGraph,
}
EVERYTHING = 2**62


def build(model: str, target: Path, adapter: str = "") -> None:
    """Write the graph's folder.

    Raises:
        GlossatorError: the model is not there, the adapter cannot be merged, or the disk is full.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".graph-") as partial:
        source = converted(model, lambda step: None)
        if adapter:
            from glossator.engine.adapters.merge import merge

            merge(adapter, model, source := Path(partial) / "merged")
        work = Path(partial) / "graph"
        work.mkdir()
        _write(source, work)
        shutil.rmtree(target, ignore_errors=True)
        work.rename(target)


def _write(source: Path, work: Path) -> None:
    config = json.loads((source / "config.json").read_text("utf-8"))
    graph = GraphBuilder(work)
    layers = KINDS[config["model_type"]](graph, config, Tensors(source))
    kept = graph.node("Slice", [layers.states(), "wanted", *graph.range_to_end(EVERYTHING)], ["kept"])
    head = layers.head()
    graph.node("Identity", [graph.product("head", kept, head)], ["scores"])
    vocabulary, width = head.shape
    model = graph.model(*_ends(layers, width, vocabulary))
    graph.close()
    (work / "model.onnx").write_bytes(model.SerializeToString())
    _save(work / "embeddings.npy", layers.embeddings)
    if layers.positions is not None:
        _save(work / "positions.npy", layers.positions)
    shape = {"layers": layers.layers, "heads": layers.heads, "head_size": layers.head_size, "context": layers.context}
    described = {**shape, "vocabulary": vocabulary, "ends": _end_tokens(source, config)}
    (work / "graph.json").write_text(json.dumps(described), "utf-8")


def _ends(
    layers: LlamaGraph | BigCodeGraph, width: int, vocabulary: int
) -> tuple[list[ValueInfoProto], list[ValueInfoProto]]:
    """What goes in and what comes out. ``past`` and ``present`` are the same memory, so nothing is copied."""
    number, value = TensorProto.FLOAT, helper.make_tensor_value_info
    inputs = [
        value("embeddings", number, [1, "tokens", width]),
        value("seen", TensorProto.INT32, [1]),
        value("total", TensorProto.INT32, []),
        value("wanted", TensorProto.INT64, [1]),
    ]
    outputs = [value("scores", number, [1, "scored", vocabulary])]
    for layer in range(layers.layers):
        for part in ("key", "value"):
            shape = [1, layers.heads, "capacity", layers.head_size]
            inputs.append(value(f"past.{layer}.{part}", number, shape))
            outputs.append(value(f"present.{layer}.{part}", number, shape))
    return inputs, outputs


def _save(file: Path, rows: Array) -> None:
    """In half precision where nothing is lost by it: the rows are mapped from the file."""
    with numpy.errstate(over="ignore"):
        half = rows.astype(numpy.float16)
    numpy.save(file, half if numpy.array_equal(half.astype(numpy.float32), rows) else rows)


def _end_tokens(source: Path, config: dict[str, Any]) -> list[int]:
    """As transformers reads them: the generation's configuration first."""
    file = source / "generation_config.json"
    told = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    for one in (told.get("eos_token_id"), config.get("eos_token_id")):
        if one is not None:
            return one if isinstance(one, list) else [one]
    return []


def main(arguments: list[str]) -> int:
    """Build; answers the exit status."""
    model, target, *adapter = arguments
    print(to_line(Progress("Building the graph for this processor", 0, 1)), flush=True)
    try:
        build(model, Path(target), *adapter)
    except GlossatorError as error:
        print(json.dumps(describe_error(error)), file=sys.stderr)
        return error.exit_code
    except OSError as error:
        failed = GlossatorError(f"The graph cannot be written: {error.strerror}.", "Make room on the disk.")
        print(json.dumps(describe_error(failed)), file=sys.stderr)
        return failed.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
