"""Docstrings in every common style give up their parameters."""

from __future__ import annotations

import pytest

from glossator.research.docstring import read_docstring, read_parameters
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


@pytest.mark.parametrize("text", [GOOGLE, NUMPY, SPHINX, LISTED])
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two.", ("One.", "Two.")),
        ("Uses e.g. this. And that.", ("Uses e.g. this.", "And that.")),
        ("See `a. B` here. Next.", ("See `a. B` here.", "Next.")),
        ("Can be either:\n\n- this one.\n- that one.", ("Can be either: this one.", "that one.")),
        ("Examples:\n\nText follows here.", ("Text follows here.",)),
        ("See :class:`~torch.Tensor` and [`~A.b`].", ("See `torch.Tensor` and `A.b`.",)),
        ("A [link](https://example.org) goes.", ("A link goes.",)),
        ("<b>Bold</b> **strong** *soft*.", ("Bold strong soft.",)),
        ("a_b stays a_b. `x*y*z` stays.", ("a_b stays a_b.", "`x*y*z` stays.")),
        (">>> code\n\nText.", ("Text.",)),
        ("hidden\u200b and \u202ereversed.", ("hidden and reversed.",)),
        ("", ()),
    ],
)
def test_sentences_without_markup(text: str, expected: tuple[str, ...]) -> None:
    assert sentences(text) == expected
