"""A tiny StarCoder: GPTBigCode with multi-query attention, fixed random weights, and a tokenizer trained here.

It has the architecture's shape (one key and value head, learned positions, tied embeddings, StarCoder's special tokens
in their order) and goes through the same code as the real one. What it says is noise, the same on every machine.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

SPECIALS = (
    *("<|endoftext|>", "<fim_prefix>", "<fim_middle>", "<fim_suffix>", "<fim_pad>", "<filename>", "<gh_stars>"),
    *("<issue_start>", "<issue_comment>", "<issue_closed>", "<jupyter_start>", "<jupyter_text>", "<jupyter_code>"),
    *("<jupyter_output>", "<empty_output>", "<commit_before>", "<commit_msg>", "<commit_after>", "<reponame>"),
)
CONTEXT, WIDTH, LAYERS, HEADS = 1024, 64, 2, 4
SEED = 7

CODE = '''def add(first, second):
    """Add two numbers and return the sum."""
    return first + second


class Stack:
    def __init__(self, items=()):
        self.items = list(items)

    def push(self, item):
        self.items.append(item)

    def pop(self):
        if not self.items:
            raise IndexError("pop from an empty stack")
        return self.items.pop()


for number in range(10):
    print(number, add(number, 1))

Question: What does this function do?

Answer: It reads the file and returns its lines.
'''


def write_tiny_starcoder(
    folder: Path, context: int = CONTEXT, layers: int = LAYERS, seed: int = SEED, width: int = WIDTH
) -> Path:
    """Write config, weights (safetensors) and tokenizer into an existing folder; answers the folder.

    It chooses printable ASCII only and never ends a text by itself: those tokens' scores are pushed down. The shapes:
    a vocabulary of 447, width 64, 4 heads of 16 with one key and value head, so ``c_attn`` is (64 + 2 * 16, 64).
    """
    import torch
    from transformers import GPTBigCodeForCausalLM

    tokenizer = write_tokenizer(folder)
    vocabulary = tokenizer.get_vocab()
    torch.manual_seed(seed)
    model = GPTBigCodeForCausalLM(tiny_configuration(len(vocabulary), context, layers, width)).eval()
    unwanted = [number for token, number in vocabulary.items() if token in SPECIALS or not _is_shown(token)]
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("bias"):
                parameter.normal_(std=0.1)  # initialised as zeros, so one that got lost would not be missed
        # The last norm's first coordinate is made constant, so that the first column shifts a token's score.
        embeddings = model.transformer.wte.weight
        embeddings[:, 0] = 0
        embeddings[unwanted, 0] = -2
        model.transformer.ln_f.weight[0] = 0
        model.transformer.ln_f.bias[0] = 12
    model.save_pretrained(folder)
    return folder


def tiny_configuration(vocabulary_size: int, context: int = CONTEXT, layers: int = LAYERS, width: int = WIDTH) -> Any:
    """transformers' configuration, spelled as starcoderbase's is."""
    from transformers import GPTBigCodeConfig

    return GPTBigCodeConfig(
        vocab_size=vocabulary_size,
        n_positions=context,
        n_embd=width,
        n_layer=layers,
        n_head=HEADS,
        n_inner=4 * width,
        activation_function="gelu_pytorch_tanh",
        multi_query=True,
        attn_pdrop=0.1,
        resid_pdrop=0.1,
        embd_pdrop=0.1,
        initializer_range=0.4,  # large, so that one token is clearly the likeliest
        bos_token_id=0,
        eos_token_id=0,
    )


def write_tokenizer(folder: Path, vocabulary_size: int = 447) -> Any:
    """Train a byte-level BPE as StarCoder's is (digits alone, special tokens first), write it, answer it."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    digits, pieces = pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, pieces])  # type: ignore[assignment]
    tokenizer.decoder = decoders.ByteLevel()  # type: ignore[assignment]
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary_size,
        special_tokens=list(SPECIALS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([CODE] * 4, trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=SPECIALS[0],
        eos_token=SPECIALS[0],
        unk_token=SPECIALS[0],
        additional_special_tokens=list(SPECIALS),
    )
    fast.save_pretrained(folder)
    return tokenizer


def _is_shown(token: str) -> bool:
    """Whether a token, as byte-level BPE spells it, is printable ASCII, blanks (Ġ) and line ends (Ċ)."""
    return all("!" <= character <= "~" or character in "ĠĊ" for character in token)
