"""Docstrings in every common style give up their parameters."""

from __future__ import annotations

import inspect

import pytest

from glossator.research.docstring import read_docstring, read_parameters, spoken_of
from glossator.research.sentences import sentences

GOOGLE = """Turn text into numbers.

Keeps the order, e.g. of words. Second thought.

Args:
    text (`str`, *optional*):
        The text to turn. May be empty.
    mode (`str` or [`~modes.Mode`]):
        How to do it:

        - `'fast'`: Use a table.
        - `'exact'` or `True`: Use a search.

Returns:
    `list[int]`: The numbers, in the
    order of the text.

Example:

```python
>>> turn("a")
```
"""
NUMPY = """Turn text into numbers.

Parameters
----------
text : str
    The text to turn.
mode, kind : {'fast', 'exact'}
    How to do it.

Returns
-------
list
    The numbers.
"""
SPHINX = """Turn text into numbers.

.. deprecated:: 2.0
    Deprecated since 2.0, use :func:`numbers_of`.

:param text: The text to turn.
:type text: str
:param mode: How to do it.
:returns: The numbers.
"""
LISTED = """Turn text into numbers.

**Parameters:**

* **text** - *(optional)* The text to turn.
* **mode** - How to do it.
"""

CLINIC = """Turn text into numbers.

  text
    The text to turn.

    It may be empty.
  mode
    How to do it.
    The default is fast.

Text behind it.
"""


@pytest.mark.parametrize(
    "text", [GOOGLE, NUMPY, SPHINX, LISTED, CLINIC, inspect.cleandoc(CLINIC[: CLINIC.index("Text b")])]
)
def test_the_first_sentence_and_the_parameters(text: str) -> None:
    found = read_docstring(text)
    assert found.summary[0] == "Turn text into numbers."
    assert found.parameters["text"].sentences[0] == "The text to turn."
    assert found.parameters["mode"].sentences


@pytest.mark.parametrize(
    ("text", "returned"),
    [(GOOGLE, "`list[int]`: The numbers, in the order of the text."), (NUMPY, "list: The numbers.")],
)
def test_what_comes_back_is_one_sentence(text: str, returned: str) -> None:
    assert read_docstring(text).returns[0] == returned


def test_a_value_has_its_own_sentence() -> None:
    choices = read_docstring(GOOGLE).parameters["mode"].choices
    assert choices["fast"] == "`'fast'`: Use a table."
    assert choices["exact"] == choices["True"]


@pytest.mark.parametrize(
    "text",
    [
        "Do it.\n\nReturns:\n",
        "Do it.\n\nArgs:\n",
        "Do it.\n\nReturns\n-------\n",
        "Do it.\n\nReturns:\n\n    \n",
        ":param",
    ],
)
def test_what_is_left_empty_spoils_nothing(text: str) -> None:
    read_docstring(text)


def test_a_deprecation_is_found() -> None:
    assert "use `numbers_of`" in read_docstring(SPHINX).deprecated


def test_parameters_without_a_heading_are_read() -> None:
    found = read_parameters("\n            width (`int`):\n                How wide.\n")
    assert found["width"].sentences == ("How wide.",)


BROKEN_LINES = ("Return it as is for all types", "Use copy for more than that of others")
ONE_LINE = ("A line that was wrapped before the word Paris is one sentence with it",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("iter(x) -> iterator\niter(f, y) -> iterator\n\nGet an iterator.", ("Get an iterator.",)),
        ("makedirs(name [, mode])\n\nCreate all.", ("Create all.",)),
        ("D.items() -> a set-like view on the items", ("D.items() -> a set-like view on the items",)),
        (
            "D.pop(k) -> v, remove the key and return.\n\nElse raise.",
            ("D.pop(k) -> v, remove the key and return.", "Else raise."),
        ),
        ("f(x) -> y\nf(x, z) -> y", ("f(x) -> y", "f(x, z) -> y")),
    ],
)
def test_a_signature_is_no_summary_where_there_is_another(text: str, expected: tuple[str, ...]) -> None:
    assert read_docstring(text).summary == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two.", ("One.", "Two.")),
        ("Uses e.g. this. And that.", ("Uses e.g. this.", "And that.")),
        ("See `a. B` here. Next.", ("See `a. B` here.", "Next.")),
        ("Can be either:\n\n- this one.\n- that one.", ("Can be either: this one; that one.",)),
        (
            "Can be:\n\n- one that is told. It says more.\n- that.",
            ("Can be: one that is told.", "It says more.", "that."),
        ),
        ("JSON <https://json.org> is a format.", ("JSON is a format.",)),
        ("Examples:\n\nText follows here.", ("Text follows here.",)),
        ("See :class:`~torch.Tensor` and [`~A.b`].", ("See `torch.Tensor` and `A.b`.",)),
        ("A [link](https://example.org) goes.", ("A link goes.",)),
        ("<b>Bold</b> **strong** *soft*.", ("Bold strong soft.",)),
        ("a_b stays a_b. `x*y*z` stays.", ("a_b stays a_b.", "`x*y*z` stays.")),
        (">>> code\n\nText.", ("Text.",)),
        ("hidden\u200b and \u202ereversed.", ("hidden and reversed.",)),
        ("Give <first argument>. Then <Tip>tip</Tip> and <Tip a={1}>.", ("Give <first argument>.", "Then tip and .")),
        ("As [others][0] do. x[1][2] is kept.\n\n[0]: /there", ("As others do. x[1][2] is kept.",)),
        ("Equal to::\n\n    await it()\n\nMore text.", ("More text.",)),
        (".. note::\n\n    This is told.", ("This is told.",)),
        ("Base class. Classes are defined as::\n\n    class A: ...\n\nMore.", ("Base class.", "More.")),
        ('!!! abstract "Usage"\n    [Models](../models.md)\n\nA base class.', ("A base class.",)),
        ('Say it.\n\n!!! warning "Mind"\n    It is slow.', ("Say it.", "It is slow.")),
        ("Provides\n  1. An array\n  2. Fast operations on it", ("Provides: An array; Fast operations on it.",)),
        ("Either way:\n- `'a'`: This.\n- `'b'`: That.", ("`'a'`: This.", "`'b'`: That.")),
        ("Typical use:\nclass C(B):\n    pass", ()),
        ("Return it as is for all types\nUse copy for more than that of others", BROKEN_LINES),
        ("A line that was wrapped before the word\nParis is one sentence with it", ONE_LINE),
        ("", ()),
        (
            "Break it into lists of length n:\n\n    >>> f(1)\n    2\n\nThe last may be shorter.",
            ("Break it into lists of length n.", "The last may be shorter."),
        ),
        (
            "It breaks.\n\nExample:\n\n    >>> f(1)\n    2\n\nThe last may be shorter.",
            ("It breaks.", "The last may be shorter."),
        ),
    ],
)
def test_sentences_without_markup(text: str, expected: tuple[str, ...]) -> None:
    assert sentences(text) == expected


RUN = """Run a command.

If check is True and it fails, an error is raised. The text is not checked. Pass capture_output=True to keep what it
prints. Text mode is set by setting any of text, encoding or errors. If timeout (seconds) is given, it is killed then.
It counts from start, which defaults to zero. The "input" argument is sent to it.
"""


@pytest.mark.parametrize(
    ("name", "beginning"),
    [
        ("check", "If check is True"),
        ("capture_output", "Pass capture_output=True"),
        ("encoding", "Text mode is set"),
        ("timeout", "If timeout (seconds)"),
        ("start", "It counts from start"),
        ("input", 'The "input" argument'),
        ("command", ""),
    ],
)
def test_prose_speaks_of_parameters(name: str, beginning: str) -> None:
    found = spoken_of(RUN, name)
    assert len(found) == bool(beginning)
    assert all(one.startswith(beginning) for one in found)


def test_the_lists_of_argparse_are_read() -> None:
    text = (
        "Parsing.\n\nKeyword Arguments:\n    - prog -- The name (default:\n        ``argv[0]``)\n    - usage -- How.\n"
    )
    found = read_docstring(text).parameters
    assert found["prog"].sentences == ("The name (default: `argv[0]`)",)
    assert found["usage"].sentences == ("How.",)
