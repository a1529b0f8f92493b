"""An article to one HTML page that needs nothing else: no network, no scripts; light and dark; fit for print.

It is made from the article's values, not from its markdown. Every text goes through ``element``, which escapes what is
not ``Html``; so that nothing can be forgotten, only this module and pygments make ``Html``.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from glossator.explain.article import Article, Item, Section, metadata
from glossator.explain.explanation import Argument, Notice, Reference, Sentence
from glossator.explain.render import brief_signature, ended, whereabouts, with_hidden_shown, without_hidden

LONGEST_SNIPPET = 900
_CODE = re.compile(r"`([^`\n]+)`")
_VOID = {"meta"}


class Html(str):
    """A text that is HTML already; any other text is escaped where it is used."""

    __slots__ = ()


def to_html(article: Article) -> str:
    """The whole page."""
    style = Path(__file__).with_name("article.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    title = f"{article.file}, explained"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="generator", content=f"Glossator {article.version}"),
        element("title", title),
        Html(f"<style>{style}</style>"),
    )
    skip = element("a", "Skip to the article", href="#article", class_="skip")
    page = element("div", _header(article), _contents(article), _main(article), class_="page")
    return f"<!doctype html>\n{element('html', head, element('body', skip, page), lang='en')}\n"


def element(name: str, /, *children: str, **attributes: str) -> Html:
    """An element; children that are not ``Html`` and all attribute values are escaped."""
    named = ((key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items() if value)
    written = "".join(f' {key}="{html.escape(without_hidden(value))}"' for key, value in named)
    if name in _VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{''.join(_escaped(child) for child in children)}</{name}>")


def prose(text: str) -> Html:
    """A sentence in which what stands in backticks is code."""
    parts = _CODE.split(" ".join(without_hidden(text).split()))
    shown = (element("code", part) if number % 2 else _escaped(part) for number, part in enumerate(parts))
    return Html("".join(shown))


def _escaped(text: str) -> str:
    return text if isinstance(text, Html) else html.escape(without_hidden(text))


def _together(parts: Iterable[str]) -> Html:
    return Html("".join(_escaped(part) for part in parts))


def _header(article: Article) -> Html:
    facts = (element("dt", name) + element("dd", prose(value)) for name, value in metadata(article))
    heading = element("h1", element("small", "Glossator"), article.file, ", explained")
    lead = element("p", _sentences(article.lead), class_="lead") if article.lead else Html()
    return element(
        "header",
        heading,
        lead,
        _answer(article),
        element("dl", Html("".join(facts)), class_="facts"),
        _notices(article),
    )


def _answer(article: Article) -> Html:
    """The question with its answer; what is missing of that is said among the problems."""
    if not article.answer:
        return Html()
    question = element("h2", article.question, id="answer-heading")
    told = element("p", _sentences(article.answer))
    return element("section", question, told, class_="answer", id="answer", aria_labelledby="answer-heading")


def _notices(article: Article) -> Html:
    if not article.notices:
        return Html()
    rows = (element("li", _notice(one), _places(one, article)) for one in article.notices)
    heading = element("h2", "Notices", id="notices-heading")
    return element(
        "aside", heading, element("ul", *rows), class_="notices", id="notices", aria_labelledby="notices-heading"
    )


def _notice(notice: Notice) -> Html:
    return _together((element("b", f"Line {notice.line}:"), " ", prose(notice.message)))


def _places(notice: Notice, article: Article) -> Html:
    found = (article.section_at(line) for line in (notice.line, *notice.related[:1]))
    sections = {one.number: one for one in found if one is not None}
    links = [element("a", f"Section {one.number}", href=f"#{one.anchor}") for one in sections.values()]
    return _together((" ", Html(", ".join(links)), ".")) if links else Html()


def _contents(article: Article) -> Html:
    if not article.sections:
        return Html()
    rows = []
    for one in article.sections:
        title = with_hidden_shown(f"{one.kind_word} {one.title}".strip())
        link = element("a", _title(*one.row), href=f"#{one.anchor}", title=f"{title}, {one.lines}")
        rows.append(element("li", element("span", str(one.number)), link, class_="inner" if one.level > 1 else ""))
    heading = element("h2", "Contents", id="contents-heading")
    return element("nav", heading, element("ul", *rows), aria_labelledby="contents-heading")


def _title(kind: str, code: str) -> Html:
    shown = element("code", with_hidden_shown(code)) if code else Html()
    return _together((kind, " " if kind and code else "", shown))


def _main(article: Article) -> Html:
    sources = {one.id: one for one in article.sources}
    sections = (_section(one, article, sources) for one in article.sections)
    return element("main", *sections, _sources(article), _problems(article), id="article")


def _section(section: Section, article: Article, sources: dict[str, Reference]) -> Html:
    heading = element(
        "h2" if section.level == 1 else "h3",
        element("span", str(section.number), class_="number"),
        _title(section.kind_word, section.title),
        " ",
        element("span", section.lines, class_="place"),
    )
    return element(
        "section",
        heading,
        _code(section, article),
        *(element("p", _notice(one), class_="notice") for one in article.notices if section.holds(one.line)),
        _written(section),
        *(_item(item, section.speaks_for_itself) for item in section.items),
        _mentions(section),
        _details(section, sources),
        id=section.anchor,
    )


def _code(section: Section, article: Article) -> Html:
    """The code with the numbers of its lines; those that a notice is about are marked."""
    noticed = {line for one in article.notices for line in (one.line, *one.related)}
    lines = _highlighted(with_hidden_shown(section.code), article.language)
    shown = (
        element("span", line, "\n", class_=f"line{' marked' if number in noticed else ''}", data_line=str(number))
        for number, line in enumerate(lines, section.first_line)
    )
    return element("pre", element("code", *shown), tabindex="0", role="region", aria_label=f"Code, {section.lines}")


def _highlighted(code: str, language: str) -> list[Html]:
    try:
        lexer = get_lexer_by_name(language or "text", stripnl=False)
    except ClassNotFound:
        lexer = get_lexer_by_name("text", stripnl=False)
    # pygments ends its spans at line ends, so each line is whole by itself.
    return [Html(line) for line in highlight(code, lexer, HtmlFormatter(nowrap=True)).rstrip("\n").split("\n")]


def _written(section: Section) -> Html:
    if not section.by_model:
        return Html()
    author = f"Written by {section.meta.model or ''}, checked against its sources."
    return element("div", element("p", _sentences(section.synthesis)), element("p", author), class_="written")


def _item(item: Item, alone: bool) -> Html:
    parts: list[Html] = []
    if not item.own:
        place = element("span", f"line {item.line}", class_="place")
        if not alone and not item.says_its_name:
            parts.append(element("p", place, element("code", with_hidden_shown(item.code)), class_="use"))
        parts.extend(_symbol(item, place if not alone and item.says_its_name else Html()))
    if item.earlier:
        link = element("a", f"section {item.earlier}", href=f"#section-{item.earlier}")
        parts.append(element("p", "Introduced in ", link, ". New here:", class_="elsewhere"))
    if item.sentences:
        parts.append(element("p", _sentences(item.sentences)))
    if item.arguments:
        parts.append(element("dl", *(_argument(one) for one in item.arguments), class_="arguments"))
    return element("div", *parts, class_="item")


def _symbol(item: Item, place: Html) -> Iterator[Html]:
    """What the construct names: its whole name, where it comes from, its signature."""
    if item.symbol is None:
        return
    origin = f"{item.symbol.distribution} {item.symbol.version}".strip()
    name = element("b", item.symbol.qualified_name)
    yield element("p", place, name, f" · {origin}" if origin else "", class_="name")
    if item.symbol.signature and not item.earlier:
        signature = with_hidden_shown(brief_signature(" ".join(item.symbol.signature.split())))
        yield element("p", element("code", signature), class_="signature")


def _argument(argument: Argument) -> Html:
    code = element("code", with_hidden_shown(argument.spelled))
    if not argument.sentences:
        return _together((element("dt", code), element("dd", "Not described by the documentation.", class_="about")))
    return _together((element("dt", code), element("dd", _sentences(argument.sentences))))


def _sentences(sentences: Iterable[Sentence]) -> Html:
    return Html(" ".join(_cited(sentence) for sentence in sentences))


def _cited(sentence: Sentence) -> Html:
    marks = (
        element("sup", element("a", one, href=f"#source-{one}", aria_label=f"Source {one}"))
        for one in sentence.citations
    )
    return _together((prose(ended(sentence.text)), *marks))


def _mentions(section: Section) -> Html:
    if not section.mentions:
        return Html()
    links = (
        _together(
            (
                element("code", with_hidden_shown(one.name)),
                " in ",
                element("a", f"section {one.section}", href=f"#section-{one.section}"),
            )
        )
        for one in section.mentions
    )
    return element("p", "Explained elsewhere: ", Html(", ".join(links)), ".", class_="elsewhere")


def _details(section: Section, sources: dict[str, Reference]) -> Html:
    if not section.sources:
        return Html()
    count = len(section.sources)
    rows = (
        element(
            "li",
            element("a", one.id, href=f"#source-{one.id}", aria_label=f"Source {one.id}"),
            " ",
            _source(one),
            element("blockquote", prose(_clipped(one.snippet))),
        )
        for one in (sources[number] for number in section.sources)
    )
    summary = element("summary", f"{count} {'source' if count == 1 else 'sources'} behind this section")
    return element("details", summary, element("ul", *rows))


def _source(reference: Reference) -> Html:
    place, address = whereabouts(reference)
    shown: str = element("a", place, href=address, rel="noopener noreferrer nofollow") if address else place
    title = element("b", reference.title)
    return _together((title, " · ", shown)) if place else title


def _clipped(text: str) -> str:
    return text if len(text) <= LONGEST_SNIPPET else f"{text[:LONGEST_SNIPPET].rstrip()} …"


def _sources(article: Article) -> Html:
    if not article.sources:
        return Html()
    rows = (
        element(
            "li",
            _source(one),
            f" · {one.kind}" + (f" · as of {one.retrieved_at[:10]}" if one.retrieved_at else ""),
            id=f"source-{one.id}",
        )
        for one in article.sources
    )
    return element("section", element("h2", "Sources"), element("ol", *rows), class_="sources", id="sources")


def _problems(article: Article) -> Html:
    if not article.problems:
        return Html()
    rows = (element("li", prose(str(one))) for one in article.problems)
    return element("section", element("h2", "Problems"), element("ul", *rows), id="problems")
