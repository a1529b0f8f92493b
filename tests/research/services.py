"""The web sources and what their services answer, in the documented shapes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from glossator.research.brave import Brave
from glossator.research.evidence import Query, Source
from glossator.research.readthedocs import ReadTheDocs
from glossator.research.searxng import SearXNG
from glossator.research.stackexchange import StackExchange
from glossator.research.tavily import Tavily
from glossator.resolve.distributions import Installed
from tests.research.web_server import Reply

REQUESTS_GET = Query((), "requests.api.get", "requests.api", "requests", "2.34.2")
TEXT = "Sends a GET request. Use a <b>timeout</b> &amp; check the status."
PLAIN = "Sends a GET request. Use a timeout & check the status."

QUESTION = {
    "question_id": 7,
    "accepted_answer_id": 8,
    "title": "How to &quot;get&quot; a page?",
    "link": "https://stackoverflow.com/questions/7/how",
    "score": 12,
    "is_answered": True,
    "tags": ["python"],
    "owner": {"display_name": "Asker"},
    "body": "<p>I do not know.</p>",
}
ANSWER = {
    "answer_id": 8,
    "question_id": 7,
    "score": 40,
    "is_accepted": True,
    "owner": {"display_name": "Ada &lt;L&gt;", "link": "https://stackoverflow.com/users/1/ada"},
    "content_license": "CC BY-SA 4.0",
    "body": f"<p>{TEXT}</p><pre><code>requests.get('x')</code></pre>",
}
WRAPPER = {"has_more": False, "quota_max": 300, "quota_remaining": 297}
PASSAGE = {
    "type": "section",
    "id": "requests.get",
    "title": "requests.get",
    "content": TEXT,
    "highlights": {"title": ["requests.<span>get</span>"], "content": ["Sends a <span>GET</span>"]},
}
PAGE = {
    "type": "page",
    "project": {"slug": "requests", "alias": None},
    "version": {"slug": "v2.34.2"},
    "title": "Developer Interface",
    "domain": "https://requests.readthedocs.io",
    "path": "/en/v2.34.2/api/",
    "highlights": {"title": []},
    "blocks": [PASSAGE],
}
RESULT = {"title": "Requests: <strong>get</strong>", "url": "https://requests.example/get", "content": TEXT}


@dataclass(frozen=True)
class Kind:
    """A source, what its service replies when all is well, and what the evidence from that is."""

    make: Callable[[str, Installed], Source]
    good: tuple[Reply, ...]
    title: str
    url: str


KINDS = {
    "stackexchange": Kind(
        lambda base_url, _installed: StackExchange(base_url, seconds=5.0),
        (Reply({"items": [QUESTION], **WRAPPER}), Reply({"items": [ANSWER], **WRAPPER})),
        'How to "get" a page? (answer by Ada, Stack Overflow, CC BY-SA 4.0)',
        "https://stackoverflow.com/a/8",
    ),
    "readthedocs": Kind(
        lambda base_url, installed: ReadTheDocs(installed, base_url, seconds=5.0),
        (Reply({"count": 1, "next": None, "previous": None, "results": [PAGE]}),),
        "requests.get – Developer Interface (v2.34.2, Read the Docs)",
        "https://requests.readthedocs.io/en/v2.34.2/api/#requests.get",
    ),
    "searxng": Kind(
        lambda base_url, _installed: SearXNG(base_url, seconds=5.0),
        (Reply({"query": "q", "results": [RESULT], "answers": [], "unresponsive_engines": []}),),
        "Requests: get",
        RESULT["url"],
    ),
    "tavily": Kind(
        lambda base_url, _installed: Tavily("", base_url, seconds=5.0),
        (Reply({"query": "q", "results": [{**RESULT, "score": 0.9}], "response_time": 0.5}),),
        "Requests: get",
        RESULT["url"],
    ),
    "brave": Kind(
        lambda base_url, _installed: Brave("secret-key", base_url, seconds=5.0),
        (Reply({"type": "search", "web": {"results": [{**RESULT, "description": TEXT}]}}),),
        "Requests: get",
        RESULT["url"],
    ),
}


def install_requests(folder: Path) -> Installed:
    """An environment with the metadata of ``requests`` 2.34.2 in it."""
    environment = folder / "environment"
    packages = environment / "lib" / "python3.11" / "site-packages"
    information = packages / "requests-2.34.2.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: requests\nVersion: 2.34.2\nSummary: Python HTTP for Humans.\n"
        "Project-URL: Documentation, https://requests.readthedocs.io\n",
        "utf-8",
    )
    (information / "RECORD").write_text("requests/api.py,,\n", "utf-8")
    (packages / "requests").mkdir()
    (packages / "requests" / "__init__.py").write_text("from .api import get\n", "utf-8")
    (packages / "requests" / "api.py").write_text("def get(url, **kwargs):\n    return url\n", "utf-8")
    (environment / "pyvenv.cfg").write_text("version = 3.11.7\n", "utf-8")
    return Installed(environment, folder)
