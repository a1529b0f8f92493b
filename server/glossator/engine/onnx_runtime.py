"""The runtime for a graph that ``graph.build`` made: onnxruntime on a CPU, without torch in the process.

Keys and values stay in one block of memory that the graph reads and writes in place, so a step costs what it computes
and forgetting tokens costs nothing. The rows of the embeddings are mapped from their file and looked up here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy
import onnxruntime

from glossator.engine.runtimes import Halt, Halted, Order, OutOfMemory, Scores
from glossator.engine.speculate import Price
from glossator.models.progress import Report

Array = numpy.ndarray[Any, numpy.dtype[Any]]
FIRST_ROOM = 512  # tokens; doubled when they are full, as far as the context goes
ERRORS_ONLY = 3
# SmolLM2, one thread, behind 300 and 1,000 tokens, in CPU time: a step for 1, 2, 4, 8 and 16 tokens takes 1, 1.37,
# 1.45, 1.9 and 2.85.
PRICE = Price(0.3, 0.1)


class OnnxRuntime:
    """A graph, ready to run."""

    def __init__(self, order: Order, report: Report) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = order.threads
        options.inter_op_num_threads = 1
        options.log_severity_level = ERRORS_ONLY
        options.add_session_config_entry("session.intra_op.allow_spinning", "1" if order.threads > 1 else "0")
        described = json.loads((order.folder / "graph.json").read_text("utf-8"))
        try:
            self.graph = onnxruntime.InferenceSession(
                str(order.folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
            )
        except MemoryError as error:
            raise OutOfMemory(str(error)) from error
        self._embeddings = numpy.load(order.folder / "embeddings.npy", mmap_mode="r")
        learned = order.folder / "positions.npy"
        self._positions = numpy.load(learned, mmap_mode="r") if learned.is_file() else None
        self.layers, self.vocabulary = int(described["layers"]), int(described["vocabulary"])
        self.head_shape = (int(described["heads"]), int(described["head_size"]))
        self.context = min(order.plan.context, int(described["context"]))
        self.ends = frozenset(int(one) for one in described["ends"])
        self.price = PRICE

    def session(self) -> OnnxSession:
        """An empty session."""
        return OnnxSession(self, [], self.block(min(FIRST_ROOM, self.context)))

    def block(self, room: int) -> Array:
        """Memory for the keys and values of so many tokens; pages that are not written cost nothing."""
        heads, size = self.head_shape
        return numpy.zeros((self.layers * 2, 1, heads, room, size), numpy.float32)

    def embed(self, tokens: Sequence[int], begin: int) -> Array:
        """What the tokens are to the first layer, at positions from ``begin``; shape (1, tokens, width)."""
        rows = self._embeddings[list(tokens)].astype(numpy.float32)
        if self._positions is not None:
            rows = rows + self._positions[begin : begin + len(tokens)]
        return numpy.ascontiguousarray(rows[None], numpy.float32)


class OnnxSession:
    """Tokens, and a block that holds their keys and values and has room for more."""

    def __init__(self, runtime: OnnxRuntime, tokens: list[int], block: Array) -> None:
        self.tokens = tokens
        self._runtime = runtime
        self._halt = Halt()
        self._options = onnxruntime.RunOptions()
        self._bind(block)

    @property
    def room(self) -> int:
        """For how many tokens there is memory before the next block is needed."""
        return int(self._block.shape[3])

    def feed(self, tokens: Sequence[int]) -> Scores:
        """Append tokens; the scores of what follows."""
        scores: Scores = self._run(tokens, 1)[0]
        return scores

    def score(self, tokens: Sequence[int]) -> Scores:
        """Append tokens; the scores of what follows each of them, shape (tokens, vocabulary)."""
        return self._run(tokens, len(tokens))

    def heed(self, halt: Halt) -> None:
        """From now on raise ``Halted`` between two nodes of the graph when that is asked for. What was computed by then
        lies behind the tokens, where it is written over."""
        options = onnxruntime.RunOptions()  # of its own: a former question's halt must not break off this one
        halt.listen(lambda: setattr(options, "terminate", True))
        self._halt, self._options = halt, options

    def keep(self, length: int) -> None:
        """Forget the tokens behind the first ``length``; what was computed for them is written over."""
        del self.tokens[length:]

    def copy(self, length: int, halt: Halt | None = None) -> OnnxSession:
        """The first ``length`` tokens in a block of their own.

        Raises:
            Halted: it was asked for meanwhile.
        """
        block = self._runtime.block(self._room_for(length))
        _copy(self._block, block, length, halt or Halt())
        return OnnxSession(self._runtime, self.tokens[:length], block)

    def _run(self, tokens: Sequence[int], scored: int) -> Scores:
        begin, end = len(self.tokens), len(self.tokens) + len(tokens)
        if end > self._block.shape[3]:
            self._grow(end)
        inputs = {
            "embeddings": self._runtime.embed(tokens, begin),
            "seen": numpy.array([end - 1], numpy.int32),
            "total": numpy.array(end, numpy.int32),
            "wanted": numpy.array([len(tokens) - scored], numpy.int64),
        }
        for name, value in inputs.items():
            self._binding.bind_cpu_input(name, value)
        scores = numpy.empty((1, scored, self._runtime.vocabulary), numpy.float32)
        self._binding.bind_output("scores", "cpu", 0, numpy.float32, scores.shape, scores.ctypes.data)
        try:
            self._runtime.graph.run_with_iobinding(self._binding, self._options)
        except Exception as error:
            if self._halt.asked:
                raise Halted from error
            raise
        self.tokens.extend(tokens)
        answer: Scores = scores[0]
        return answer

    def _grow(self, length: int) -> None:
        block = self._runtime.block(self._room_for(length))
        _copy(self._block, block, len(self.tokens), self._halt)
        self._bind(block)

    def _room_for(self, length: int) -> int:
        room = FIRST_ROOM
        while room < length:
            room *= 2
        return max(min(room, self._runtime.context), length)

    def _bind(self, block: Array) -> None:
        """Past and present of each layer are the same memory, which this object keeps alive."""
        self._block = block
        self._binding = self._runtime.graph.io_binding()
        for number in range(block.shape[0]):
            name = f"{number // 2}.{('key', 'value')[number % 2]}"
            place = ("cpu", 0, numpy.float32, block[number].shape, block[number].ctypes.data)
            self._binding.bind_input(f"past.{name}", *place)
            self._binding.bind_output(f"present.{name}", *place)


def _copy(source: Array, target: Array, length: int, halt: Halt) -> None:
    """The first tokens from one block into another, part by part: where the system gives memory slowly, as virtual
    machines do, a thousand tokens took a tenth of a second.

    Raises:
        Halted: it was asked for meanwhile.
    """
    for old, new in zip(source, target, strict=True):
        if halt.asked:
            raise Halted
        new[..., :length, :] = old[..., :length, :]
