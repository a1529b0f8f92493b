"""A second tree of modules over the same tensors: what an adapter changes in it, the base never sees.

So each adapter is attached by peft as if it were alone, to a tree of its own, and a request runs the tree that it
asked for. Nothing is switched between two tokens, and nothing of one request can be left on for another. Rejected:
one tree with a flag (peft refuses to hold adapters of different types in one model, and every forward would depend on
who was served last), and hooks of our own for each method (peft knows the variants of LoRA better than we would).
"""

from __future__ import annotations

import copy
from typing import TypeVar

from torch import nn

M = TypeVar("M", bound=nn.Module)

# What a module keeps of its own in dictionaries; all else, quantised weights and their scales included, is shared.
_OWN = ("_parameters", "_buffers", "_modules", "_forward_hooks", "_forward_pre_hooks")


def twin(model: M) -> M:
    """The same modules once more, in the same places, with the same parameters and buffers: some kilobytes.

    Whoever changes a twin replaces modules; writing into its tensors would change the model as well. Asked for its
    state, a twin leaves out layers of 4 bits: on a CPU with bf16 bitsandbytes would repack them for it in place, and
    with other scales, so that merely loading an adapter would change the base's answers (0.1 % of the scores).
    """
    return _twin(model, {})


def _leave_out(*_arguments: object) -> None:
    """In place of ``Linear4bit._save_to_state_dict``."""


def _twin(module: M, made: dict[int, nn.Module]) -> M:
    if id(module) in made:  # a module in two places stays one
        return made[id(module)]  # type: ignore[return-value]
    second = copy.copy(module)
    made[id(module)] = second
    for name in _OWN:
        second.__dict__[name] = module.__dict__[name].copy()
    for name, child in module._modules.items():
        second._modules[name] = None if child is None else _twin(child, made)
    if type(module).__name__ == "Linear4bit":  # by name, since bitsandbytes may be missing
        second.__dict__["_save_to_state_dict"] = _leave_out
    return second
