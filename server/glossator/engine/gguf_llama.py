"""The llama architecture out of a GGUF: its numbers as transformers' config, its tensors under transformers' names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy

if TYPE_CHECKING:
    from gguf import GGUFReader

LAYER_PARTS = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
ENDS = {
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "output": "lm_head",
}


def config_of(reader: GGUFReader) -> dict[str, Any]:
    """The ``config.json``.

    Raises:
        ValueError: another architecture.
    """
    if (architecture := field(reader, "general.architecture")) != "llama":
        raise ValueError(f"its architecture is {architecture!r}, only llama is known")
    width, heads = field(reader, "llama.embedding_length"), field(reader, "llama.attention.head_count")
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": width,
        "num_attention_heads": heads,
        "head_dim": width // heads,
        "num_key_value_heads": field(reader, "llama.attention.head_count_kv"),
        "num_hidden_layers": field(reader, "llama.block_count"),
        "intermediate_size": field(reader, "llama.feed_forward_length"),
        "max_position_embeddings": field(reader, "llama.context_length"),
        "rms_norm_eps": field(reader, "llama.attention.layer_norm_rms_epsilon"),
        "rope_parameters": {"rope_type": "default", "rope_theta": field(reader, "llama.rope.freq_base")},
        "vocab_size": field(reader, "llama.vocab_size"),
        "tie_word_embeddings": not any(tensor.name == "output.weight" for tensor in reader.tensors),
        "hidden_act": "silu",
        "torch_dtype": "float16",
        **_token_ids(reader),
    }


def generation_config_of(reader: GGUFReader) -> dict[str, Any]:
    """The ``generation_config.json``: only which tokens begin and end a text."""
    return _token_ids(reader)


def weights_of(reader: GGUFReader) -> Iterator[tuple[str, numpy.ndarray[Any, Any]]]:
    """Each tensor dequantised, in half precision, under transformers' name.

    Half precision, because reading it back and widening it costs little and the file is half as long; figures for
    SmolLM2-135M stand in ``load``.
    """
    from gguf import dequantize

    for tensor in reader.tensors:
        array = dequantize(tensor.data, tensor.tensor_type)
        kind = tensor.name.split(".")[2] if tensor.name.startswith("blk.") else ""
        if kind in ("attn_q", "attn_k"):
            heads = field(reader, "llama.attention.head_count" + ("_kv" if kind == "attn_k" else ""))
            array = _unpermute(array, heads)
        yield _rename(tensor.name), numpy.ascontiguousarray(array, dtype=numpy.float16)


def field(reader: GGUFReader, name: str) -> Any:
    """One value of the file's header.

    Raises:
        KeyError: the file has no such value.
    """
    return reader.fields[name].contents()


def _token_ids(reader: GGUFReader) -> dict[str, Any]:
    roles = {"bos": "bos", "eos": "eos", "padding": "pad"}
    present = {role: f"tokenizer.ggml.{role}_token_id" for role in roles}
    return {f"{roles[role]}_token_id": field(reader, key) for role, key in present.items() if key in reader.fields}


def _rename(name: str) -> str:
    parts = name.split(".")
    if parts[0] == "blk":
        return f"model.layers.{parts[1]}.{LAYER_PARTS[parts[2]]}.{parts[3]}"
    return f"{ENDS[parts[0]]}.{parts[1]}"


def _unpermute(array: numpy.ndarray[Any, Any], heads: int) -> numpy.ndarray[Any, Any]:
    """GGUF interleaves the two halves of each head that rotary embedding pairs; transformers keeps them apart."""
    rows, columns = array.shape
    return array.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)
