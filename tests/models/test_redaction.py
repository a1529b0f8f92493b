"""Secrets are found in whatever stands around them, and what is no secret stays as it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glossator.models.redaction import find_secrets, redact, redact_around
from tests.bench.redaction import ordinary_lines, recall

KEY = "hf_" + "a1B2" * 8


@pytest.mark.parametrize(("kind", "figures"), recall().items(), ids=recall().keys())
def test_made_secrets_are_found(kind: str, figures: tuple[int, int]) -> None:
    found, made = figures
    assert found >= 0.95 * made, kind


def test_released_code_stays_as_it_is() -> None:
    lines = list(ordinary_lines())
    assert len(lines) == 5_000
    assert [line for line in lines if redact(line) != line][5:] == []


@pytest.mark.parametrize(
    "line",
    [
        'AutoModel.from_pretrained("bigcode/starcoderbase")',
        'password = getpass.getpass("Password: ")',
        'password = os.environ["PASSWORD"]',
        "def login(user: str, password: str = '') -> None:",
        'tokenizer.pad_token = "<|endoftext|>"',
        'parser.add_argument("--password", help="the password")',
        'url = f"https://{user}:{password}@{host}/"',
        "https://user:<password>@host/",
        'API_KEY = "your-api-key-here"',
        'token = "REDACTED_HUGGING_FACE"',
        "sk-learn is scikit-learn",
    ],
)
def test_what_only_speaks_of_secrets_stays(line: str) -> None:
    assert redact(line) == line


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"a = 1\r\nk = '{KEY}'  # mine\r\n", "a = 1\r\nk = 'REDACTED_HUGGING_FACE'  # mine\r\n"),
        (f"{KEY} {KEY}", "REDACTED_HUGGING_FACE REDACTED_HUGGING_FACE"),
        ("x = 'postgres://me:pw12345@db/x'", "x = 'postgres://me:REDACTED_CONNECTION@db/x'"),
        (
            "k = '''-----BEGIN RSA PRIVATE KEY-----\nMIIabc\nMIIdef\n-----END RSA PRIVATE KEY-----'''\n",
            "k = '''-----BEGIN RSA PRIVATE KEY-----\nREDACTED_PRIVATE_KEY\n-----END RSA PRIVATE KEY-----'''\n",
        ),
        ("x" * 9_000 + f" {KEY} " + "y" * 9_000, "x" * 9_000 + " REDACTED_HUGGING_FACE " + "y" * 9_000),
    ],
)
def test_the_rest_of_the_line_stays(text: str, left: str) -> None:
    assert redact(text) == left


@given(st.text(alphabet="ab= '\n\r", max_size=30), st.integers(0, 70), st.text(alphabet="cd; \n", max_size=30))
def test_a_cursor_anywhere_uncovers_nothing(before: str, cut: int, after: str) -> None:
    whole = f"{before} '{KEY}' {after}"
    left, right = redact_around(whole[:cut], whole[cut:])
    assert left + right == redact(whole)
    assert KEY[4:12] not in left + right


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    for one in find_secrets(text):
        assert 0 <= one.start < one.end <= len(text)
