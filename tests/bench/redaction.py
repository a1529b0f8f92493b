"""`python -m tests.bench.redaction`: how many made secrets of each kind are found, and how often ordinary code is hit.

The secrets are made here, of the shapes that their services publish; no real one is in this file. Each stands in five
kinds of lines. The code is of released packages that are installed here: the first 5,000 lines that are not blank, of
every tenth file. The keyword plugin of detect-secrets, which we leave out, is measured beside.
"""

from __future__ import annotations

import random
import string
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from glossator.models.redaction import find_secrets

LETTERS = string.ascii_letters + string.digits
PACKAGES = ("requests", "transformers", "openai", "rich", "huggingface_hub", "pydantic", "pip", "urllib3", "starlette")
LINES = 5_000
EACH = 20
CARRIERS = (
    'client = Client("{}")',
    "key = '{}'",
    "# once it was {} and it worked",
    'headers = {{"x-key": "{}"}}',
    "export SERVICE={}",
)


def main() -> int:
    """Print the table."""
    print(f"{'kind':28} {'found':>12}")
    for kind, (found, made) in recall().items():
        print(f"{kind:28} {found:5} of {made:4}")
    lines = list(ordinary_lines())
    began = time.process_time()
    hit = [line for line in lines if find_secrets(line)]
    each = (time.process_time() - began) / max(len(lines), 1) * 1000
    print(f"\nordinary lines hit           {len(hit):5} of {len(lines)}  ({each:.3f} ms of processor time a line)")
    print(f"by the keyword plugin        {sum(map(by_keyword(), lines)):5} of {len(lines)}")
    for line in hit:
        print(f"  {line.strip()[:110]}")
    return 0


def recall(seed: int = 1) -> dict[str, tuple[int, int]]:
    """For each kind, how many of how many lines were left without their secret."""
    chance, found, made = random.Random(seed), Counter[str](), Counter[str]()
    for kind, make, carriers in MADE:
        for _ in range(EACH):
            secret = make(chance)
            for carrier in carriers:
                line = carrier.format(secret)
                spans = find_secrets(line)
                start = line.index(secret)
                covered = {place for one in spans for place in range(one.start, one.end)}
                made[kind] += 1
                found[kind] += set(range(start, start + len(secret))) <= covered
    return {kind: (found[kind], made[kind]) for kind in made}


def ordinary_lines() -> Iterator[str]:
    """Lines of released packages, the same ones each time for the same versions."""
    folder = next(Path(one) for one in sys.path if one.endswith("site-packages"))
    files = [file for name in PACKAGES for file in sorted((folder / name).rglob("*.py"))][::10]
    lines = (line for file in files for line in file.read_text("utf-8", "replace").splitlines() if line.strip())
    yield from (line for _, line in zip(range(LINES), lines, strict=False))


def by_keyword() -> Callable[[str], bool]:
    """Whether detect-secrets' keyword plugin finds something in a line."""
    from detect_secrets.plugins.keyword import KeywordDetector

    plugin = KeywordDetector()
    return lambda line: bool(plugin.analyze_line("code.py", line))


def of(alphabet: str, length: int, before: str = "", after: str = "") -> Callable[[random.Random], str]:
    """A maker of secrets: some letters between two fixed parts."""
    return lambda chance: before + "".join(chance.choice(alphabet) for _ in range(length)) + after


def jwt(chance: random.Random) -> str:
    """A token of three parts."""
    return f"eyJhbGciOiJIUzI1NiJ9.eyJ{of(LETTERS, 30)(chance)}.{of(LETTERS, 43)(chance)}"


PASSWORDS = (
    'password = "{}"',
    "db_password='{}'",
    'PASSWORD: str = "{}"',
    '{{"api_key": "{}", "model": "m"}}',
    'connect(host="h", passwd="{}")',
)
MADE: tuple[tuple[str, Callable[[random.Random], str], tuple[str, ...]], ...] = (
    ("Hugging Face", of(LETTERS, 34, "hf_"), CARRIERS),
    ("OpenAI", of(LETTERS, 48, "sk-"), CARRIERS),
    ("OpenAI project", of(LETTERS + "-_", 100, "sk-proj-", "A"), CARRIERS),
    ("Anthropic", of(LETTERS + "-_", 90, "sk-ant-api03-", "AA"), CARRIERS),
    ("GitHub", of(LETTERS, 36, "ghp_"), CARRIERS),
    ("GitHub, fine-grained", of(LETTERS, 82, "github_pat_"), CARRIERS),
    ("Slack", of(string.digits, 12, "xoxb-", "-abcdefABCDEF"), CARRIERS),
    ("GitLab", of(LETTERS + "-_", 20, "glpat-"), CARRIERS),
    ("Google", of(LETTERS + "-_", 34, "AIza", "x"), CARRIERS),
    ("Tavily", of(LETTERS, 32, "tvly-dev-"), CARRIERS),
    ("AWS key id", of(string.ascii_uppercase + string.digits, 16, "AKIA"), CARRIERS),
    ("AWS secret key", of(LETTERS + "/+", 40), ("aws_secret_access_key = {}", 'AWS_SECRET_KEY="{}"')),
    ("Stripe", of(LETTERS, 24, "sk_live_"), CARRIERS),
    ("PyPI", of(LETTERS + "-_", 160, "pypi-AgEIcHlwaS5vcmc"), CARRIERS),
    ("npm", of(LETTERS, 36, "npm_"), CARRIERS),
    ("SendGrid", lambda chance: f"SG.{of(LETTERS, 22)(chance)}.{of(LETTERS, 43)(chance)}", CARRIERS),
    ("JSON web token", jwt, CARRIERS),
    ("connection string", of(LETTERS + "!$%", 14, "z"), ('"postgresql://app:{}@db.local:5432/x"', "redis://:{}@h:6379/0")),
    ("basic auth in an address", of(LETTERS, 12, "z"), ("https://user:{}@example.org/x", 'get("https://u:{}@h")')),
    ("bearer header", of(LETTERS, 40), ('"Authorization": "Bearer {}"', "curl -H 'authorization: bearer {}'")),
    ("password in quotes", of(LETTERS + "!?-+", 12, "z"), PASSWORDS),
    ("password of words", of("abcdefgh", 9, "", "!7"), PASSWORDS),
    ("private key", of(LETTERS + "+/", 64), ("-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----",)),
    ("private key, cut", of(LETTERS + "+/", 64), ("-----BEGIN PRIVATE KEY-----\n{}", "{}\n-----END PRIVATE KEY-----")),
)  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
