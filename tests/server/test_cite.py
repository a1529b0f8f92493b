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
        ("The default for sequences of a string is 512 ids [1].", "too few words"),
        ("It returns tensors instead of a list of python integers [1].", "leaves out when"),
        ("It moves the tensor to a `dev [2].", "breaks off"),
        ("It moves the tensor to a device (that is [2].", "breaks off"),
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


# Sentences that the embedded model wrote of released packages' code, and that passed the check before they were read:
# the source's title and words, the code, what was written, and why that must not stand.
READ = [
    (
        "requests: requests.auth._basic_auth_str",
        "Returns a Basic Auth string.",
        'headers["Proxy-Authorization"] = _basic_auth_str(username, password)',
        "`headers` returns a basic Auth string.",
        "speaks of",
    ),
    (
        "fsspec: fsspec.implementations.cached.CachingFileSystem._check_file",
        "Is path in cache and still valid.",
        "detail = self._check_file(p)",
        "`detail` is a path in cache and still valid.",
        "speaks of",
    ),
    (
        "rich: rich.cells.set_cell_size",
        "Adjust a string by cropping or padding with spaces such that it fits within the given number of cells.",
        "self.plain = set_cell_size(self.plain, max_width - 1)",
        "`max_width - 1` is adjusted to fit within the given number of cells.",
        "speaks of",
    ),
    (
        "python: builtins.TypeError",
        "Inappropriate argument type.",
        "raise TypeError(message)",
        "`TypeError` inappropriately argument type.",
        "says nothing of",
    ),
    (
        "httpx: httpx._decoders.TextChunker",
        "Handles returning text content in fixed-size chunks.",
        "chunker = TextChunker(chunk_size=chunk_size)",
        "`TextChunker` returns a TextChunker that can handle fixed-size chunks.",
        "circles",
    ),
    (
        "rich: rich.style.Style",
        "The attributes have 3 states: they can be on (`True`), off (`False`), or not set. `bold` is an attribute.",
        "Style(bold=False)",
        "`bold` is set to `True` when the `bold` attribute is set to `True`.",
        "circles",
    ),
    (
        "rich: rich.table.Column",
        "Defines a column within a Table. `header_style`: Defaults to table.header.",
        "column = Column(header=header, header_style=header_style)",
        "`Header` is defined by `header_style`.",
        "too few words",
    ),
    (
        "python: builtins.issubclass",
        "Return whether 'cls' is derived from another class or is the same class. This is equivalent to `isinstance` "
        "of an instance of its metaclass.",
        "issubclass(cls, class_or_tuple)",
        "`issubclass` checks if a given class is an instance of another class `cls`.",
        "too few words",
    ),
]


@pytest.mark.parametrize(("title", "said", "code", "written", "fault"), READ, ids=[one[3] for one in READ])
def test_what_was_read_and_found_wrong_falls(title: str, said: str, code: str, written: str, fault: str) -> None:
    (verdict,) = check(f"{written[:-1]} [1].", (Evidence("1", title, said, "docstring"),), code)
    assert fault in verdict.fault


@pytest.mark.parametrize(
    ("title", "said", "code", "written"),
    [
        (
            "huggingface_hub: huggingface_hub.cli._output.Output.warning",
            "Print a non-fatal warning to stderr (all modes).",
            "out.warning(text)",
            "`out.warning` prints a non-fatal warning to stderr.",
        ),
        (
            "python: posixpath.join",
            "Join two or more pathname components, inserting '/' as needed.",
            "os.path.join(folder, f)",
            "`os.path.join` joins two or more pathname components, inserting '/' as needed.",
        ),
        (
            "rich: rich.table.Column",
            "Defines a column within a Table.",
            "",
            "`Column` defines a column within a `Table`.",
        ),
        (
            "python: builtins.len",
            "Return the number of items in a container.",
            "len(name)",
            "`len` returns the number of items in the container `name`.",
        ),
    ],
)
def test_what_was_read_and_found_right_stands(title: str, said: str, code: str, written: str) -> None:
    (verdict,) = check(f"{written[:-1]} [1].", (Evidence("1", title, said, "docstring"),), code)
    assert verdict.fault == ""


def test_addresses_that_a_model_writes_are_dropped() -> None:
    (verdict,) = check("It moves the tensor to a device, see https://evil.example/x [2].", EVIDENCE)
    assert "evil" not in verdict.sentence.text


@pytest.mark.parametrize("text", ["", "\n\n", "[1]", "***"])
def test_nothing_said_is_no_sentence(text: str) -> None:
    assert check(text, EVIDENCE) == ()


def test_without_evidence_nothing_stands() -> None:
    (verdict,) = check("It converts a string to a sequence of ids.", ())
    assert verdict.fault
