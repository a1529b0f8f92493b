"""No sentence stands that its source does not support."""

from __future__ import annotations

import pytest

from glossator.explain.cite import check
from glossator.research.evidence import Evidence

EVIDENCE = (
    Evidence(
        "1",
        "tokenizers 1.0: Tokenizer.encode",
        "Converts a string to a sequence of ids (integer), using the tokenizer and vocabulary. "
        "If `return_tensors` is set, will return tensors instead of list of python integers. Default is 512.",
        "docstring",
    ),
    Evidence("2", "torch 2.0: Tensor.to", "Moves the tensor to a device. The original is not changed.", "docstring"),
)


@pytest.mark.parametrize(
    "text",
    [
        "It converts a string to a sequence of ids with the vocabulary [1].",
        "It converts a string to a sequence of ids with the vocabulary. [1]",
        "When `return_tensors` is set, it returns tensors instead of a list of integers [1].",
        "It moves the tensor to a device [2].",
        "The tensor is moved to a device and the original is not changed [2].",
        "The default for sequences is 512 ids [1].",
        "Converts a string to ids using the vocabulary, then moves the tensor to a device [1][2].",
        "Converts a string to a sequence of ids using the vocabulary.",
    ],
)
def test_supported_sentences_stand(text: str) -> None:
    (verdict,) = check(text, EVIDENCE)
    assert verdict.fault == ""
    assert verdict.sentence.support == "supported"
    assert verdict.sentence.citations
    assert "[" not in verdict.sentence.text


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("It converts a string to a sequence of ids [3].", "does not exist"),
        ("It calls `convert_tokens` on a string to make ids [1].", "convert_tokens"),
        ("It converts a string to a sequence of 256 ids [1].", "256"),
        ("It does not convert a string to a sequence of ids [1].", "denies"),
        ("It downloads the weights of a large language model from a server [1].", "too few words"),
        ("Yes [1].", "too little"),
        ("It moves the tensor to a CUDA device [2].", "CUDA"),
    ],
)
def test_unsupported_sentences_fall(text: str, fault: str) -> None:
    (verdict,) = check(text, EVIDENCE)
    assert fault in verdict.fault
    assert verdict.sentence.support == "weak"


def test_what_the_code_names_may_be_named() -> None:
    text = "`my_tokenizer.encode` converts a string to a sequence of ids [1]."
    assert check(text, EVIDENCE)[0].fault
    assert check(text, EVIDENCE, "my_tokenizer.encode(x)")[0].fault == ""


def test_a_sentence_that_goes_round_in_circles_falls() -> None:
    text = "The tensor is a tensor that moves the tensor to a device that moves the tensor to the tensor [2]."
    assert check(text, EVIDENCE)[0].fault == "goes round in circles"


def test_addresses_that_a_model_writes_are_dropped() -> None:
    (verdict,) = check("It moves the tensor to a device, see https://evil.example/x [2].", EVIDENCE)
    assert "evil" not in verdict.sentence.text


@pytest.mark.parametrize("text", ["", "\n\n", "[1]", "***"])
def test_nothing_said_is_no_sentence(text: str) -> None:
    assert check(text, EVIDENCE) == ()


def test_without_evidence_nothing_stands() -> None:
    (verdict,) = check("It converts a string to a sequence of ids.", ())
    assert verdict.fault
