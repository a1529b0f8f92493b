"""A whole file as an article: the values it is made of. ``article_markdown`` and ``article_html`` render it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from glossator.errors import Problem
from glossator.explain.explanation import (
    Argument,
    Construct,
    Explanation,
    Meta,
    Notice,
    Reference,
    Sentence,
    SymbolFacts,
)
from glossator.explain.render import to_json

ChapterKind = Literal["comment", "imports", "function", "class", "method", "statement", "definition"]
QUIET = {"priority", "model_texts_refused", "wait_for_index"}
_KIND_WORDS = {"comment": "Comment", "imports": "Imports", "function": "Function", "class": "Class", "method": "Method"}


@dataclass(frozen=True, slots=True)
class Item:
    """One construct of a section, with what is said of it. ``earlier`` is the number of the section that introduced
    what it names: then only what is new about this use is said. ``own``: it is what the section itself defines."""

    line: int
    code: str
    symbol: SymbolFacts | None
    sentences: tuple[Sentence, ...] = ()
    arguments: tuple[Argument, ...] = ()
    earlier: int | None = None
    own: bool = False

    @property
    def says_its_name(self) -> bool:
        """Whether its code is nothing but the name of its symbol, as where something is imported."""
        return self.symbol is not None and self.code == self.symbol.name


@dataclass(frozen=True, slots=True)
class Mention:
    """A construct of which all was said in another section."""

    name: str
    section: int


@dataclass(frozen=True, slots=True)
class Section:
    """A piece of the file. Lines count from 1; ``sources`` are the numbers of those it cites; ``meta`` says who wrote
    its synthesis."""

    number: int
    kind: ChapterKind
    title: str
    level: int
    first_line: int
    last_line: int
    code: str
    items: tuple[Item, ...] = ()
    mentions: tuple[Mention, ...] = ()
    synthesis: tuple[Sentence, ...] = ()
    sources: tuple[str, ...] = ()
    meta: Meta = Meta()

    @property
    def anchor(self) -> str:
        """What a link to the section names."""
        return f"section-{self.number}"

    @property
    def kind_word(self) -> str:
        """What kind of construct it is, as a heading says it; nothing for statements, whose title is their code."""
        return _KIND_WORDS.get(self.kind, "")

    @property
    def lines(self) -> str:
        """Where it stands, in words."""
        if self.first_line == self.last_line:
            return f"line {self.first_line}"
        return f"lines {self.first_line}–{self.last_line}"

    @property
    def row(self) -> tuple[str, str]:
        """Kind and title for the contents, where a method stands below its class."""
        return ("", self.title.rpartition(".")[2]) if self.kind == "method" else (self.kind_word, self.title)

    @property
    def by_model(self) -> bool:
        """Whether a model wrote its synthesis."""
        return self.meta.model is not None

    @property
    def speaks_for_itself(self) -> bool:
        """Whether its one item needs no line and code of its own, for the section has no other."""
        return len(self.items) == 1 and not self.mentions and self.kind not in {"function", "class", "method"}

    def holds(self, line: int) -> bool:
        """Whether a line, from 1, is in it."""
        return self.first_line <= line <= self.last_line


@dataclass(frozen=True, slots=True)
class Article:
    """The answer to ``glossator explain FILE --article``. ``file`` is the name alone, so that an article can be given
    away; ``target`` is the whole path, for programs. ``lead`` is what the file says of itself, ``answer`` what
    answers the question that was asked about it, if any was."""

    target: str
    file: str
    language: str
    lines: int
    version: str
    lead: tuple[Sentence, ...] = ()
    answer: tuple[Sentence, ...] = ()
    notices: tuple[Notice, ...] = ()
    sections: tuple[Section, ...] = ()
    sources: tuple[Reference, ...] = ()
    problems: tuple[Problem, ...] = ()
    meta: Meta = Meta()

    @property
    def empty(self) -> bool:
        """Whether there is nothing here that a reader would want to see."""
        return not (self.sections or self.notices or self.answer)

    @property
    def question(self) -> str:
        """What was asked about the file; empty if nothing was."""
        return str(self.meta.options.get("question") or "")

    def section_at(self, line: int) -> Section | None:
        """The section that a line, from 1, is in: the innermost."""
        return next((one for one in reversed(self.sections) if one.holds(line)), None)


def article_to_json(article: Article) -> dict[str, Any]:
    """The object of the contract for the file, with ``contents`` and ``sections``."""
    constructs = tuple(
        Construct(item.line, item.code, item.sentences)
        for section in article.sections
        for item in section.items
        if item.sentences
    )
    whole = Explanation(
        target=article.target,
        symbol=None,
        summary=article.lead,
        synthesis=article.answer,
        notices=article.notices,
        constructs=constructs,
        sources=article.sources,
        problems=article.problems,
        meta=article.meta,
    )
    contents = [
        {
            "number": one.number,
            "level": one.level,
            "kind": one.kind,
            "title": one.title,
            "anchor": one.anchor,
            "lines": [one.first_line, one.last_line],
        }
        for one in article.sections
    ]
    sections = [{"anchor": one.anchor, **asdict(one)} for one in article.sections]
    return {**to_json(whole), "version": article.version, "contents": contents, "sections": sections}


def metadata(article: Article) -> tuple[tuple[str, str], ...]:
    """What the article says about itself: names and values, in order."""
    meta = article.meta
    written = sum(section.by_model for section in article.sections)
    explained = sum(bool(item.sentences) for section in article.sections for item in section.items)
    options = {name: value for name, value in meta.options.items() if value not in ("", False) and name not in QUIET}
    told = meta.options.get("model_texts_refused")
    refused = f" · {told} of its texts did not stand up to their sources" if told else ""
    sections = len(article.sections)
    wrote = f"{meta.model} · wrote {written} of {sections} sections" if meta.model else "none"
    rows = (
        ("File", f"{article.file} · {article.lines} lines of {article.language or 'text'}"),
        ("Explained", f"{explained} constructs in {sections} sections, from {len(article.sources)} sources"),
        ("Backend", meta.backend if meta.model else "extractive: the sources' own sentences"),
        ("Model", f"{wrote}{refused}"),
        ("Adapter", meta.adapter or "none"),
        ("Options", ", ".join(f"{name} {value}" for name, value in options.items())),
        ("Duration", f"{meta.duration_ms / 1000:.1f} s{', from memory' if meta.cached else ''}"),
        ("Date", meta.created_at.replace("T", " ").replace("+00:00", " UTC")),
        ("Glossator", article.version),
    )
    return tuple(row for row in rows if row[1])
