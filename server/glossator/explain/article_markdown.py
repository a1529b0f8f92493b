"""An article to CommonMark, with ``<details>`` for what not everybody wants to see.

Anchors are elements of our own: GitHub, VS Code and others make different names from the same heading. Blank lines
around the tags of ``<details>`` let the markdown inside be markdown. No other HTML is written, and every text that is
not ours is inert.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from glossator.explain.article import Article, Item, Section, metadata
from glossator.explain.explanation import Argument, Notice, Reference, Sentence
from glossator.explain.render import brief_signature, ended, inert, whereabouts, with_hidden_shown

LONGEST_SNIPPET = 600
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def to_markdown(article: Article) -> str:
    """The whole article."""
    sources = {one.id: one for one in article.sources}
    parts = [
        f"# {inert(article.file)}, explained",
        _paragraph(article.lead),
        *_answer(article),
        "\n".join(f"- **{name}:** {inert(value)}" for name, value in metadata(article)),
        *_notices(article),
        *_contents(article),
        *(part for section in article.sections for part in _section(section, article, sources)),
        *_sources(article),
        *_problems(article),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _answer(article: Article) -> Iterator[str]:
    """The question with its answer; what is missing of that is said among the problems."""
    if article.answer:
        yield f"**{inert(article.question)}**"
        yield _paragraph(article.answer)


def code_span(code: str) -> str:
    """Code on one line, fenced by more backticks than it holds in a row."""
    line = with_hidden_shown(" ".join(code.split()))
    fence = "`" * (_longest_run(line) + 1)
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{space}{line}{space}{fence}" if line else ""


def code_block(code: str, language: str) -> str:
    """Code in a fence longer than any run of backticks in it."""
    shown = with_hidden_shown(code)
    fence = "`" * max(3, _longest_run(shown) + 1)
    return f"{fence}{language if re.fullmatch(r'[a-z]+', language) else ''}\n{shown}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _notices(article: Article) -> Iterator[str]:
    if not article.notices:
        return
    yield '<a id="notices"></a>'
    yield "## Notices"
    yield "\n".join(f"- ⚠ **Line {one.line}:** {inert(one.message)}{_places(one, article)}" for one in article.notices)


def _places(notice: Notice, article: Article) -> str:
    found = (article.section_at(line) for line in (notice.line, *notice.related[:1]))
    sections = {one.number: one for one in found if one is not None}
    links = ", ".join(f"[section {one.number}](#{one.anchor})" for one in sections.values())
    return f" ({links})" if links else ""


def _contents(article: Article) -> Iterator[str]:
    if not article.sections:
        return
    yield "## Contents"
    rows = []
    for one in article.sections:
        indent = "    " * (one.level - 1)
        rows.append(f"{indent}- {one.number}\\. [{_title(*one.row)}](#{one.anchor}) · {one.lines}")
    yield "\n".join(rows)


def _title(kind: str, code: str) -> str:
    return f"{kind} {code_span(code)}".strip()


def _section(section: Section, article: Article, sources: dict[str, Reference]) -> Iterator[str]:
    yield f'<a id="{section.anchor}"></a>'
    yield f"{'#' * (section.level + 1)} {section.number}. {_title(section.kind_word, section.title)} · {section.lines}"
    yield code_block(section.code, article.language)
    if any(section.holds(line) for one in article.notices for line in (one.line, *one.related)):
        yield "⚠ A [notice](#notices) is about these lines."
    if section.by_model:
        author = f"*Written by {inert(section.meta.model or '')}, checked against its sources.*"
        yield f"{_paragraph(section.synthesis)}  \n{author}"
    for item in section.items:
        yield from _item(item, section.speaks_for_itself)
    if section.mentions:
        links = (
            f"{code_span(one.name)} in [section {one.section}](#section-{one.section})" for one in section.mentions
        )
        yield f"Explained elsewhere: {', '.join(links)}."
    if section.sources:
        yield from _details(section, sources)


def _item(item: Item, alone: bool) -> Iterator[str]:
    symbol = item.symbol
    if symbol is not None and not item.own:
        origin = f"{symbol.distribution} {symbol.version}".strip()
        name = f"**{inert(symbol.qualified_name)}**" + (f" · {inert(origin)}" if origin else "")
        code = "" if item.says_its_name else f"{code_span(item.code)} — "
        yield name if alone else f"Line {item.line}: {code}{name}"
        if symbol.signature and not item.earlier:
            yield code_span(brief_signature(" ".join(symbol.signature.split())))
    elif not alone and not item.own:
        yield f"Line {item.line}: {code_span(item.code)}"
    if item.earlier:
        yield f"Introduced in [section {item.earlier}](#section-{item.earlier}). New here:"
    yield _paragraph(item.sentences)
    yield "\n".join(_argument(one) for one in item.arguments)


def _argument(argument: Argument) -> str:
    told = " ".join(_cited(sentence) for sentence in argument.sentences)
    return f"- {code_span(argument.spelled)}" + (f" — {told}" if told else "")


def _paragraph(sentences: Iterable[Sentence]) -> str:
    return " ".join(_cited(sentence) for sentence in sentences)


def _cited(sentence: Sentence) -> str:
    links = (f"[{one.translate(_SUPERSCRIPT)}](#source-{one})" for one in sentence.citations)
    return f"{inert(ended(sentence.text))} {' '.join(links)}".rstrip()


def _details(section: Section, sources: dict[str, Reference]) -> Iterator[str]:
    count = len(section.sources)
    yield f"<details>\n<summary>{count} {'source' if count == 1 else 'sources'}</summary>"
    for one in (sources[number] for number in section.sources):
        yield f"- [{one.id}](#source-{one.id}) {_source(one)}\n\n  > {inert(_clipped(one.snippet))}"
    yield "</details>"


def _source(reference: Reference) -> str:
    place, address = whereabouts(reference)
    shown = f"[{inert(place)}]({address})" if address else inert(place)
    return f"**{inert(reference.title)}**" + (f" · {shown}" if place else "")


def _clipped(text: str) -> str:
    return text if len(text) <= LONGEST_SNIPPET else f"{text[:LONGEST_SNIPPET].rstrip()} …"


def _sources(article: Article) -> Iterator[str]:
    if not article.sources:
        return
    yield "## Sources"
    yield "\n".join(
        f'{one.id}. <a id="source-{one.id}"></a>{_source(one)} · {inert(one.kind)}'
        + (f" · as of {inert(one.retrieved_at[:10])}" if one.retrieved_at else "")
        for one in article.sources
    )


def _problems(article: Article) -> Iterator[str]:
    if article.problems:
        yield "## Problems"
        yield "\n".join(f"- {inert(str(one))}" for one in article.problems)
