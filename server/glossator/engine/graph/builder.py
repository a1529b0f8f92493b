"""Nodes and weights of a graph while it is built; the weights go straight into a file beside it.

Products of matrices are onnxruntime's ``MatMulNBits``: 8 bits in blocks of 64 along the inputs, each with a scale of
its own. Its numbers are unsigned with 128 for zero.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper

Array = numpy.ndarray[Any, numpy.dtype[Any]]

BLOCK = 64
INT8 = 4  # how exactly products are computed: inputs in 8 bits too, by block; 0 is float32, and 40 times slower
CONTRIB = "com.microsoft"
DATA = "weights.bin"
ALIGNMENT = 4096  # of each tensor in the file, so that onnxruntime can map it


class GraphBuilder:
    """Collects nodes; answers the names of what they compute. Close it when the last weight is in."""

    def __init__(self, folder: Path) -> None:
        self._stream = (folder / DATA).open("wb")
        self._nodes: list[NodeProto] = []
        self._initializers: list[TensorProto] = []
        self._names: set[str] = set()

    def close(self) -> None:
        """No more weights."""
        self._stream.close()

    def weight(self, name: str, values: Array) -> str:
        """A tensor of the model as it is."""
        if name in self._names:
            return name
        self._names.add(name)
        self._stream.write(bytes(-self._stream.tell() % ALIGNMENT))
        data = numpy.ascontiguousarray(values).tobytes()
        place = {"location": DATA, "offset": self._stream.tell(), "length": len(data)}
        self._stream.write(data)
        tensor = TensorProto(
            name=name,
            data_type=helper.np_dtype_to_tensor_dtype(values.dtype),
            dims=values.shape,
            data_location=TensorProto.EXTERNAL,
        )
        for key, value in place.items():
            tensor.external_data.add(key=key, value=str(value))
        self._initializers.append(tensor)
        return name

    def range_to_end(self, end: int) -> list[str]:
        """The inputs of a ``Slice`` behind its start: up to the end of the tokens."""
        given = {"end": [end], "axis": [1]}
        self._initializers += [helper.make_tensor(name, TensorProto.INT64, [1], value) for name, value in given.items()]
        return list(given)

    def node(self, kind: str, inputs: list[str], outputs: list[str], domain: str = "", **attributes: Any) -> str:
        """One operation; answers its first output."""
        self._nodes.append(helper.make_node(kind, inputs, outputs, domain=domain, **attributes))
        return outputs[0]

    def product(self, name: str, inputs: str, weights: Array, bias: Array | None = None) -> str:
        """Inputs times weights of shape (outputs, inputs), which are quantised here."""
        rows, columns = weights.shape
        numbers, scales = quantise(weights)
        names = [inputs, self.weight(f"{name}.numbers", numbers), self.weight(f"{name}.scales", scales)]
        if bias is not None:
            names += ["", "", self.weight(f"{name}.bias", bias)]
        sizes = {"K": columns, "N": rows, "bits": 8, "block_size": BLOCK, "accuracy_level": INT8}
        return self.node("MatMulNBits", names, [f"{name}.product"], CONTRIB, **sizes)

    def attention(self, layer: int, together: str, queries: int, heads: int, *, rotated: bool) -> str:
        """Attention over the past and what comes now, whose queries, keys and values lie behind each other."""
        past, present = ([f"{when}.{layer}.{part}" for part in ("key", "value")] for when in ("past", "present"))
        inputs = [together, "", "", *past, "seen", "total", *(("cosines", "sines") if rotated else ())]
        outputs = [f"layers.{layer}.attended", *present]
        sizes = {"num_heads": queries, "kv_num_heads": heads, "do_rotary": int(rotated)}
        return self.node("GroupQueryAttention", inputs, outputs, CONTRIB, **sizes)

    def model(self, inputs: list[ValueInfoProto], outputs: list[ValueInfoProto]) -> ModelProto:
        """The whole."""
        graph = helper.make_graph(self._nodes, "model", inputs, outputs, self._initializers)
        opsets = [helper.make_opsetid("", 21), helper.make_opsetid(CONTRIB, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=10)


def quantise(weights: Array) -> tuple[Array, Array]:
    """Numbers of shape (outputs, blocks, 64) and a scale for each block."""
    rows, columns = weights.shape
    blocks = weights.astype(numpy.float32).reshape(rows, columns // BLOCK, BLOCK)
    scales = numpy.abs(blocks).max(axis=2) / 127
    divisors = numpy.where(scales == 0, 1, scales)[..., None]
    numbers = numpy.rint(blocks / divisors) + 128
    return numbers.astype(numpy.uint8), scales.astype(numpy.float32)
