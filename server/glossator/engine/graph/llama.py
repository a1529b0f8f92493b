"""The llama architecture as a graph, and Qwen2, which adds a bias to its queries, keys and values.

Positions are rotated inside the attention; norms divide by the root of the mean square.
"""

from __future__ import annotations

from typing import Any

import numpy

from glossator.engine.graph.builder import CONTRIB, Array, GraphBuilder
from glossator.engine.graph.tensors import Tensors


class LlamaGraph:
    """One model's layers, added to a graph."""

    def __init__(self, graph: GraphBuilder, config: dict[str, Any], tensors: Tensors) -> None:
        self._graph = graph
        self._config = config
        self._tensors = tensors
        self._epsilon = float(config["rms_norm_eps"])
        heads = int(config["num_attention_heads"])
        self.heads = int(config.get("num_key_value_heads") or heads)
        self.head_size = int(config.get("head_dim") or config["hidden_size"] // heads)
        self.layers = int(config["num_hidden_layers"])
        self.context = int(config["max_position_embeddings"])
        self.embeddings = tensors.read("model.embed_tokens.weight")
        self.positions: Array | None = None

    def head(self) -> Array:
        """The matrix from states to scores."""
        return self._tensors.read("lm_head.weight") if "lm_head.weight" in self._tensors else self.embeddings

    def states(self) -> str:
        """All layers and the last norm; answers the name of their output, of shape (1, tokens, width)."""
        self._rotation()
        scale = self._graph.weight("first.norm", self._tensors.read("model.layers.0.input_layernorm.weight"))
        attributes: dict[str, Any] = {"epsilon": self._epsilon, "axis": -1, "stash_type": 1}
        state = self._graph.node("SimplifiedLayerNormalization", ["embeddings", scale], ["first.normed"], **attributes)
        width = "embeddings"
        for number in range(self.layers):
            source, name = f"model.layers.{number}", f"layers.{number}"
            attended = self._attention(number, state)
            state, width = self._norm(f"{name}.middle", width, attended, f"{source}.post_attention_layernorm.weight")
            pushed = self._feed_forward(number, state)
            last = number + 1 == self.layers
            following = "model.norm.weight" if last else f"model.layers.{number + 1}.input_layernorm.weight"
            state, width = self._norm(f"{name}.end", width, pushed, following)
        return state

    def _norm(self, name: str, width: str, added: str, source: str) -> tuple[str, str]:
        inputs = [width, added, self._graph.weight(f"{name}.norm", self._tensors.read(source))]
        outputs = [f"{name}.normed", "", "", f"{name}.sum"]
        self._graph.node("SkipSimplifiedLayerNormalization", inputs, outputs, CONTRIB, epsilon=self._epsilon)
        return outputs[0], outputs[3]

    def _attention(self, number: int, state: str) -> str:
        source, name = f"model.layers.{number}.self_attn", f"layers.{number}.attention"
        parts = [f"{source}.{part}_proj" for part in "qkv"]
        weights = numpy.concatenate([self._tensors.read(f"{part}.weight") for part in parts])
        has_bias = f"{parts[0]}.bias" in self._tensors
        bias = numpy.concatenate([self._tensors.read(f"{part}.bias") for part in parts]) if has_bias else None
        together = self._graph.product(f"{name}.in", state, weights, bias)
        heads = int(self._config["num_attention_heads"])
        attended = self._graph.attention(number, together, heads, self.heads, rotated=True)
        return self._graph.product(f"{name}.back", attended, self._tensors.read(f"{source}.o_proj.weight"))

    def _feed_forward(self, number: int, state: str) -> str:
        source, name = f"model.layers.{number}.mlp", f"layers.{number}.forward"
        gate = self._graph.product(f"{name}.gate", state, self._tensors.read(f"{source}.gate_proj.weight"))
        up = self._graph.product(f"{name}.up", state, self._tensors.read(f"{source}.up_proj.weight"))
        active = self._graph.node("QuickGelu", [gate], [f"{name}.active"], CONTRIB, alpha=1.0)  # with 1 it is SiLU
        inner = self._graph.node("Mul", [active, up], [f"{name}.inner"])
        return self._graph.product(f"{name}.down", inner, self._tensors.read(f"{source}.down_proj.weight"))

    def _rotation(self) -> None:
        rope = self._config.get("rope_parameters") or {}
        theta = float(rope.get("rope_theta") or self._config.get("rope_theta") or 10_000.0)
        frequencies = theta ** -(numpy.arange(0, self.head_size, 2, dtype=numpy.float64) / self.head_size)
        angles = numpy.outer(numpy.arange(self.context), frequencies)
        self._graph.weight("cosines", numpy.cos(angles).astype(numpy.float32))
        self._graph.weight("sines", numpy.sin(angles).astype(numpy.float32))
