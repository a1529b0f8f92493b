"""What leaves the machine is public names, whatever else a query holds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glossator.research.evidence import Query
from glossator.research.wording import LONGEST, search_words, short_words

CASES = [
    (Query((), "requests.api.get", "requests.api", "requests", "2.34.2"), "python requests get", "get"),
    (
        Query(("max_new_tokens",), "transformers.generation.utils.GenerationMixin.generate",
              "transformers.generation.utils", "transformers"),
        "python transformers GenerationMixin.generate max_new_tokens",
        "GenerationMixin.generate max_new_tokens",
    ),
    (Query((), "posixpath.join", "posixpath", "python", "3.11.7"), "python os.path.join", "os.path.join"),
    (Query((), "json.decoder.JSONDecoder", "json.decoder", "python"), "python json.JSONDecoder", "json.JSONDecoder"),
    (Query((), "builtins.len", "builtins", "python"), "python len", "len"),
    (Query((), "numpy.linalg", "numpy.linalg", "numpy"), "python numpy linalg", "linalg"),
    (Query(("ValueError",), "", "requests", "requests"), "python requests requests ValueError", "requests ValueError"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "words", "short"), CASES)
def test_words_are_made_of_names(query: Query, words: str, short: str) -> None:
    assert (search_words(query), short_words(query)) == (words, short)


PRIVATE = [
    Query((), "ours.billing.charge", "ours.billing"),
    Query(("with",)),
    Query(("customer_id",), "ours.x", "ours", "", "1.0"),
    Query((), "x.y", "x", "not a distribution!"),
    Query((), "x.y", "x", "d" * 200),
]


@pytest.mark.parametrize("query", PRIVATE)
def test_nothing_is_said_of_what_is_the_users_own(query: Query) -> None:
    assert (search_words(query), short_words(query)) == ("", "")


def test_the_question_and_source_text_stay_here() -> None:
    terms = ("x = secret()", "password='hunter2'", "a b", "-rf", 'q"', "ok_name")
    query = Query(terms, "requests.api.get", "requests.api", "requests", question="why does our login leak?")
    assert search_words(query) == "python requests get"
    query = Query(("ok_name",), "requests.api.get(x='hunter2')", "requests.api", "requests")
    assert search_words(query) == "python requests ok_name"


TEXT = st.text(max_size=120)


@given(st.tuples(TEXT, TEXT), TEXT, TEXT, TEXT, TEXT)
def test_whatever_a_query_holds_only_names_of_a_limited_length_come_out(
    terms: tuple[str, ...], qualified: str, module: str, distribution: str, question: str
) -> None:
    words = search_words(Query(terms, qualified, module, distribution, question=question))
    assert len(words) <= LONGEST
    assert re.fullmatch(r"(?:[A-Za-z0-9_.-]+(?: [A-Za-z0-9_.-]+)*)?", words)
