"""GPTBigCode (StarCoder, SantaCoder) as a graph: learned positions, layer norms, usually one key and value head."""

from __future__ import annotations

from typing import Any

import numpy

from glossator.engine.graph.builder import CONTRIB, Array, GraphBuilder
from glossator.engine.graph.tensors import Tensors


class BigCodeGraph:
    """One model's layers, added to a graph."""

    def __init__(self, graph: GraphBuilder, config: dict[str, Any], tensors: Tensors) -> None:
        self._graph = graph
        self._tensors = tensors
        self._epsilon = float(config["layer_norm_epsilon"])
        self._queries = int(config["n_head"])
        self._exact_gelu = config["activation_function"] == "gelu"
        self.heads = 1 if config.get("multi_query", True) else self._queries
        self.head_size = int(config["n_embd"]) // self._queries
        self.layers = int(config["n_layer"])
        self.context = int(config["n_positions"])
        self.embeddings = tensors.read("transformer.wte.weight")
        self.positions: Array | None = tensors.read("transformer.wpe.weight")

    def head(self) -> Array:
        """The matrix from states to scores."""
        return self._tensors.read("lm_head.weight") if "lm_head.weight" in self._tensors else self.embeddings

    def states(self) -> str:
        """All layers and the last norm; answers the name of their output, of shape (1, tokens, width)."""
        first = self._pair("first", "transformer.h.0.ln_1")
        attributes: dict[str, Any] = {"epsilon": self._epsilon, "axis": -1}
        state = self._graph.node("LayerNormalization", ["embeddings", *first], ["first.normed"], **attributes)
        width = "embeddings"
        for number in range(self.layers):
            source, name = f"transformer.h.{number}", f"layers.{number}"
            attended = self._attention(number, state)
            state, width = self._norm(f"{name}.middle", width, attended, f"{source}.ln_2")
            inner = self._product(f"{name}.up", state, f"{source}.mlp.c_fc")
            kind = "Gelu" if self._exact_gelu else "FastGelu"
            active = self._graph.node(kind, [inner], [f"{name}.active"], CONTRIB)
            pushed = self._product(f"{name}.down", active, f"{source}.mlp.c_proj")
            following = "transformer.ln_f" if number + 1 == self.layers else f"transformer.h.{number + 1}.ln_1"
            state, width = self._norm(f"{name}.end", width, pushed, following)
        return state

    def _attention(self, number: int, state: str) -> str:
        source, name = f"transformer.h.{number}.attn", f"layers.{number}.attention"
        weights, bias = (self._in_order(self._tensors.read(f"{source}.c_attn.{part}")) for part in ("weight", "bias"))
        together = self._graph.product(f"{name}.in", state, weights, bias)
        attended = self._graph.attention(number, together, self._queries, self.heads, rotated=False)
        return self._product(f"{name}.back", attended, f"{source}.c_proj")

    def _in_order(self, rows: Array) -> Array:
        """All queries, then keys, then values; with a key head for each query they are stored head by head."""
        if self.heads == 1:
            return rows
        by_head = rows.reshape(self.heads, 3, self.head_size, *rows.shape[1:])
        return numpy.ascontiguousarray(numpy.moveaxis(by_head, 1, 0)).reshape(rows.shape)

    def _product(self, name: str, state: str, source: str) -> str:
        weights, bias = (self._tensors.read(f"{source}.{part}") for part in ("weight", "bias"))
        return self._graph.product(name, state, weights, bias)

    def _norm(self, name: str, width: str, added: str, source: str) -> tuple[str, str]:
        outputs = [f"{name}.normed", "", "", f"{name}.sum"]
        inputs = [width, added, *self._pair(name, source)]
        self._graph.node("SkipLayerNormalization", inputs, outputs, CONTRIB, epsilon=self._epsilon)
        return outputs[0], outputs[3]

    def _pair(self, name: str, source: str) -> list[str]:
        return [
            self._graph.weight(f"{name}.{part}", self._tensors.read(f"{source}.{part}")) for part in ("weight", "bias")
        ]
