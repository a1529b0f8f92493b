"""The runtime for every transformers causal language model: torch, on a CPU or a card, whole or quantised."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import torch
from transformers import AutoModelForCausalLM, DynamicCache, PreTrainedModel
from transformers.utils import logging as transformers_logging

from glossator.engine.quantize import quantization
from glossator.engine.runtimes import Halt, Order, OutOfMemory, Scores
from glossator.engine.speculate import Price
from glossator.models.progress import Progress, Report
from glossator.models.weights import read_tensors

# The same measure as onnxruntime's: 1, 1.7, 1.6, 1.85 and 2.4; two and three tokens cost more than four do.
PRICE = Price(0.5, 0.07)


class TorchBase(Protocol):
    """What a session needs of its runtime. ``virtual`` positions of an adapter stand before its tokens."""

    model: PreTrainedModel
    device: str
    virtual: int


class TorchRuntime:
    """A model on one device. Tensors are mapped from their file and converted one by one, so that loading needs little
    more memory than the model has in the end; full-precision weights on a CPU stay mapped and are shared."""

    def __init__(self, order: Order, report: Report) -> None:
        transformers_logging.set_verbosity_error()
        torch.set_num_threads(order.threads)
        self.device, self.quantization = order.device, order.plan.quantization
        with _told(order.folder, report), out_of_memory_said():
            self.model = AutoModelForCausalLM.from_pretrained(
                order.folder,
                dtype=getattr(torch, order.plan.dtype),
                quantization_config=quantization(order.plan),
                device_map={"": order.device},
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
            )
            if order.plan.quantization != "none":
                _let_go_of_files(self.model)
        self.model.eval()
        self.virtual = 0
        self.context = order.plan.context
        self.price = PRICE
        self.ends = _ends(self.model.generation_config.eos_token_id, self.model.config.eos_token_id)
        if order.device == "cpu" and any(map(_is_packed_later, self.model.modules())):
            self.session().feed([0])

    def session(self) -> TorchSession:
        """An empty session."""
        return TorchSession(self, [], DynamicCache(config=self.model.config))


class TorchSession:
    """Tokens and transformers' cache of them, always of the same length, but for an adapter's virtual positions."""

    def __init__(self, runtime: TorchBase, tokens: list[int], cache: DynamicCache) -> None:
        self.tokens = tokens
        self._runtime = runtime
        self._cache = cache

    @property
    def room(self) -> int:
        """The tokens, and an adapter's virtual ones."""
        return len(self.tokens) + self._runtime.virtual

    def feed(self, tokens: Sequence[int]) -> Scores:
        """Append tokens; the scores of what follows."""
        scores: Scores = self._run(tokens, 1)[0]
        return scores

    def score(self, tokens: Sequence[int]) -> Scores:
        """Append tokens; the scores of what follows each of them."""
        return self._run(tokens, len(tokens))

    @torch.inference_mode()
    def _run(self, tokens: Sequence[int], scored: int) -> Scores:
        ids = torch.tensor([list(tokens)], device=self._runtime.device)
        answer = self._runtime.model(ids, past_key_values=self._cache, use_cache=True, logits_to_keep=scored)
        self.tokens.extend(tokens)
        scores: Scores = answer.logits[0].float().cpu().numpy()
        return scores

    def heed(self, halt: Halt) -> None:
        """A step of torch cannot be broken off: some layers would know more tokens than others."""

    def keep(self, length: int) -> None:
        """Forget the tokens behind the first ``length``."""
        surplus = len(self.tokens) - length
        if surplus > 0:
            self._cache.crop(-surplus)  # a positive number, the length to keep, raises since transformers 5.23
            del self.tokens[length:]

    @torch.inference_mode()
    def copy(self, length: int, halt: Halt | None = None) -> TorchSession:
        """The first ``length`` tokens in a cache of their own; as a step, it is not broken off."""
        cache = copy_cache(self._runtime.model, self._cache, self._runtime.virtual + length)
        return TorchSession(self._runtime, self.tokens[:length], cache)


def copy_cache(model: PreTrainedModel, cache: DynamicCache, length: int) -> DynamicCache:
    """The first ``length`` positions of a cache in one of their own."""
    copied = DynamicCache(config=model.config)
    for number, layer in enumerate(cache.layers):
        copied.update(layer.keys[..., :length, :].clone(), layer.values[..., :length, :].clone(), number)
    return copied


# The last is oneDNN's, whose other failures name what it could not create.
_NO_MEMORY = re.compile(
    r"(?i)not enough memory|can't allocate memory|out of memory|cannot allocate memory|could not create a primitive$"
)


@contextmanager
def out_of_memory_said() -> Iterator[None]:
    """torch's ways of saying that there is no memory, as one.

    Raises:
        OutOfMemory: there is none.
    """
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise OutOfMemory(str(error)) from error
    except (RuntimeError, OSError) as error:
        if _NO_MEMORY.search(str(error)):
            raise OutOfMemory(str(error)) from error
        raise


def _let_go_of_files(model: Any) -> None:
    """Copy what was not quantised out of the mapped files: one tensor left there keeps all pages of its file."""
    for tensor in (*model.parameters(), *model.buffers()):
        if tensor.device.type == "cpu" and tensor.is_floating_point():
            tensor.data = tensor.data.clone()


def _is_packed_later(module: torch.nn.Module) -> bool:
    """Whether the first step copies its weights: on CPUs with AVX512_BF16 bitsandbytes orders 4 bits anew for them, and
    what that leaves behind should be given back with the rest that loading took."""
    return bool(getattr(module, "support_avx512bf16_for_cpu", False))


@contextmanager
def _told(folder: Path, report: Report) -> Iterator[None]:
    """Report the bytes of the tensors that are loaded: transformers' own bar, led to where the user sees it."""
    sizes = {tensor.name: tensor.size for tensor in read_tensors(folder)}
    total = sum(sizes.values())

    def bar(factory: Any, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        items = given[0] if given else named.get("iterable")
        return items if items is None or named.get("desc") != "Loading weights" else counted(items)

    def counted(items: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
        done = 0
        for name, value in items:
            yield name, value
            done += sizes.get(name, 0)
            report(Progress(f"Reading {total / 1e6:.0f} MB of weights", done, total))

    transformers_logging.disable_progress_bar()  # its bars would fill the log
    before = transformers_logging.set_tqdm_hook(bar)
    try:
        yield
    finally:
        transformers_logging.set_tqdm_hook(before)


def _ends(*configured: int | list[int] | None) -> frozenset[int]:
    """The first configuration that names end tokens holds; some name one, some several."""
    for one in configured:
        if one is not None:
            return frozenset(one if isinstance(one, list) else [one])
    return frozenset()
