"""The runtime for every transformers causal language model: torch, in fp32 on a CPU and bf16 on a GPU."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, DynamicCache
from transformers.utils import logging

from glossator.engine.runtimes import Scores


class TorchRuntime:
    """A model on the best device there is. Loading half-precision weights and widening them takes under a second."""

    def __init__(self, folder: Path, threads: int) -> None:
        logging.set_verbosity_error()
        logging.disable_progress_bar()  # its bars would fill the log
        torch.set_num_threads(threads)
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        # bf16 is slower than fp32 on CPUs without instructions for it: 224 against 592 tokens/s of prefill.
        kind = torch.bfloat16 if self.device == "cuda" else torch.float32
        self.model = AutoModelForCausalLM.from_pretrained(
            folder, dtype=kind, local_files_only=True, trust_remote_code=False, use_safetensors=True
        )
        self.model.to(self.device).eval()
        self.context = int(self.model.config.max_position_embeddings)
        self.ends = _ends(self.model.generation_config.eos_token_id, self.model.config.eos_token_id)

    def session(self) -> TorchSession:
        """An empty session."""
        return TorchSession(self, [], DynamicCache(config=self.model.config))


class TorchSession:
    """Tokens and transformers' cache of them, always of the same length."""

    def __init__(self, runtime: TorchRuntime, tokens: list[int], cache: DynamicCache) -> None:
        self.tokens = tokens
        self._runtime = runtime
        self._cache = cache

    @torch.inference_mode()
    def feed(self, tokens: Sequence[int]) -> Scores:
        """Append tokens; the scores of what follows."""
        ids = torch.tensor([list(tokens)], device=self._runtime.device)
        answer = self._runtime.model(ids, past_key_values=self._cache, use_cache=True, logits_to_keep=1)
        self.tokens.extend(tokens)
        scores: Scores = answer.logits[0, -1].float().cpu().numpy()
        return scores

    def keep(self, length: int) -> None:
        """Forget the tokens behind the first ``length``."""
        surplus = len(self.tokens) - length
        if surplus > 0:
            self._cache.crop(-surplus)  # a positive number, the length to keep, raises since transformers 5.23
            del self.tokens[length:]

    @torch.inference_mode()
    def copy(self, length: int) -> TorchSession:
        """The first ``length`` tokens in a cache of their own."""
        cache = DynamicCache(config=self._runtime.model.config)
        for number, layer in enumerate(self._cache.layers):
            cache.update(layer.keys[..., :length, :].clone(), layer.values[..., :length, :].clone(), number)
        return TorchSession(self._runtime, self.tokens[:length], cache)


def _ends(*configured: int | list[int] | None) -> frozenset[int]:
    """The first configuration that names end tokens holds; some name one, some several."""
    for one in configured:
        if one is not None:
            return frozenset(one if isinstance(one, list) else [one])
    return frozenset()
