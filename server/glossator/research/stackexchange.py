"""Stack Overflow's accepted answers, over the StackExchange API: words ▶ questions ▶ their accepted answers.

Two requests, because a question's text says what somebody did not know. The built-in filter ``withbody`` brings the
text and the author, which CC BY-SA asks for; the endpoint ``search/excerpts`` brings no author. 300 requests a day are
free; a key (not a secret, by the service's own words, but kept like one) raises that to 10,000.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from glossator.errors import SourceUnavailable
from glossator.research.evidence import Evidence, Query
from glossator.research.web import SECONDS, Request, Service
from glossator.research.web_text import clean, items, usable, web_evidence
from glossator.research.wording import search_words

ADDRESS = "https://api.stackexchange.com/2.3"
SITE = "https://stackoverflow.com"
MOST_ANSWERS = 3
DAY = 24 * 3600.0
TAGS = {"javascriptreact": "reactjs", "typescriptreact": "reactjs", "cpp": "c++"}


@dataclass(frozen=True, slots=True)
class StackExchange:
    """Accepted answers to questions about a symbol."""

    base_url: str = ADDRESS
    key: str = field(default="", repr=False)
    seconds: float = SECONDS

    async def search(self, query: Query) -> Sequence[Evidence]:
        """Accepted answers of the best questions, with author and license in the title."""
        words = search_words(query).removeprefix(f"{query.language} ")
        if not words:
            return []
        asked = {
            "q": words,
            "tagged": TAGS.get(query.language, query.language),
            "accepted": "True",
            "sort": "relevance",
            "order": "desc",
        }
        questions = await self._ask("/search/advanced", "", words, {**asked, "pagesize": str(MOST_ANSWERS)})
        titles = {
            one["accepted_answer_id"]: clean(one.get("title"))
            for one in questions
            if isinstance(one.get("accepted_answer_id"), int)
        }
        if not titles:
            return []
        ids = ";".join(str(one) for one in titles)
        answers = await self._ask("/answers", f"/{ids}", words, {"sort": "votes", "order": "desc"})
        return usable((_answer(one, titles) for one in answers), MOST_ANSWERS)

    async def _ask(self, method: str, ids: str, words: str, parameters: Mapping[str, str]) -> list[Mapping[str, Any]]:
        service = Service("StackExchange", self.base_url, "Check STACKEXCHANGE_KEY, or unset it.", self.seconds)
        key = {"key": self.key} if self.key else {}
        fixed = {"site": "stackoverflow", "filter": "withbody"}
        request = Request(f"{method}{ids}", words, {**parameters, **fixed, **key}, method=method)
        content = (await service.ask(request)).content
        backoff = content.get("backoff")
        if isinstance(backoff, int | float) and backoff > 0:
            service.pause(float(backoff), method)  # it concerns the method that sent it
        elif content.get("quota_remaining") == 0:
            service.pause(DAY)
        if content.get("error_name"):
            raise SourceUnavailable(f"StackExchange answered: {clean(content.get('error_name'))}.", service.advice)
        return items(content, "items")


def _answer(answer: Mapping[str, Any], titles: Mapping[int, str]) -> Evidence | None:
    number = answer.get("answer_id")
    if not isinstance(number, int) or number not in titles:
        return None
    owner = answer.get("owner")
    author = clean(owner.get("display_name")) if isinstance(owner, Mapping) else ""
    license_name = clean(answer.get("content_license")) or "CC BY-SA"
    title = f"{titles[number][:90]} (answer by {(author or 'an unnamed user')[:40]}, Stack Overflow, {license_name})"
    # The address is made from the number, so that no answer can lead elsewhere.
    return web_evidence(title, answer.get("body"), f"{SITE}/a/{number}")
