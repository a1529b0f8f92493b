"""A snapshot to its article: chapter by chapter, each construct once, numbered sources, progress told."""

from __future__ import annotations

import asyncio
import datetime
import inspect
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from glossator import __version__
from glossator.errors import GlossatorError, Problem
from glossator.explain import other_language, place, synthesis
from glossator.explain.article import Article, Item, Mention, Section
from glossator.explain.article_answer import answer_of
from glossator.explain.bibliography import Bibliography
from glossator.explain.draft import Draft
from glossator.explain.explanation import Argument, Meta, Notice, Sentence
from glossator.explain.focus import Focus
from glossator.explain.notices import find_notices
from glossator.explain.options import ExplainOptions, Report, ignore
from glossator.explain.outline import Chapter, Outline, brief, outline_of
from glossator.explain.pipeline import ExplainTools, spell
from glossator.explain.render import with_hidden_shown
from glossator.research.docstring import read_docstring
from glossator.research.evidence import Evidence
from glossator.resolve.definition import literal
from glossator.resolve.symbol import Workspace
from glossator.syntax.tree import parse
from glossator.text import Snapshot

LONGEST_CODE = 80
MOST_NAMES = 8
LONGEST_NAME = 40
LEAD_SENTENCES = 3


async def write_article(
    snapshot: Snapshot, tools: ExplainTools, options: ExplainOptions = ExplainOptions(), report: Report = ignore
) -> Article:
    """The article of a file. A model writes the syntheses if the options ask for it; what it wrote is remembered, so
    that an article that was interrupted goes on from there."""
    started = time.monotonic()
    report("Reading the code")
    notices: tuple[Notice, ...] = ()
    lead: tuple[Sentence, ...] = ()
    if snapshot.language == "python":
        tree = await asyncio.to_thread(parse, snapshot.text)
        notices = await asyncio.to_thread(find_notices, tree)
        lines = [snapshot.line(number) for number in range(snapshot.line_count)]
        outline = await asyncio.to_thread(outline_of, tree, lines)
        workspace = Workspace(snapshot, tree, tools.resolver, tools.installed)
        manuscript = Manuscript(tools, options, workspace)
        lead = manuscript.lead()
        await manuscript.write(outline, report)
        if options.question:
            await manuscript.answer(snapshot, report)
    else:
        manuscript = Manuscript(tools, options)
        await manuscript.describe_words(snapshot, tools.installed.root)
    sections = manuscript.finished()
    return Article(
        target=spell(snapshot, None),
        file=_name(snapshot),
        language=snapshot.language,
        lines=snapshot.line_count - (not snapshot.line(snapshot.line_count - 1)),
        version=__version__,
        lead=lead,
        answer=manuscript.answered,
        notices=notices,
        sections=sections,
        sources=manuscript.bibliography.references(),
        problems=manuscript.all_problems(),
        meta=_meta(sections, options, started),
    )


@dataclass
class Page:
    """What is gathered for one chapter. ``mentions`` are names with the chapter that explains them."""

    chapter: Chapter
    items: list[tuple[Item, Chapter | None]] = field(default_factory=list)
    mentions: dict[str, Chapter] = field(default_factory=dict)
    drafts: list[Draft] = field(default_factory=list)
    written: synthesis.Synthesis = field(default_factory=lambda: synthesis.Synthesis(()))

    @property
    def worth_a_section(self) -> bool:
        """Definitions always are: a reader looks for them in the contents."""
        return bool(self.items or self.mentions or self.chapter.own is not None)


@dataclass
class Manuscript:
    """The article while it is written; changes."""

    tools: ExplainTools
    options: ExplainOptions
    workspace: Workspace | None = None
    bibliography: Bibliography = field(default_factory=Bibliography)
    pages: list[Page] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unresolved: list[str] = field(default_factory=list)
    introduced: dict[str, Chapter] = field(default_factory=dict)
    told: set[tuple[str, ...]] = field(default_factory=set)
    answered: tuple[Sentence, ...] = ()

    def lead(self) -> tuple[Sentence, ...]:
        """What the module's docstring says first."""
        assert self.workspace is not None
        tree, snapshot = self.workspace.tree, self.workspace.snapshot
        statement = next((one for one in tree.root.named_children if one.type != "comment"), None)
        first = statement.named_children[0] if statement is not None and statement.named_children else None
        if first is None or statement is None or statement.type != "expression_statement" or first.type != "string":
            return ()
        summary = read_docstring(inspect.cleandoc(literal(tree.text_of(first)))).summary
        url = f"{snapshot.uri}#L{tree.line_of(first) + 1}"
        evidence = Evidence("", _name(snapshot), " ".join(summary), "project", url)
        return self.bibliography.extract(summary, evidence, LEAD_SENTENCES)

    async def write(self, outline: Outline, report: Report) -> None:
        """Every chapter of a Python text."""
        drafts: dict[int, Draft] = {}
        total = len(outline.chapters)
        try:
            # What the file defines belongs to its own section, also where it is used before.
            for number, chapter in enumerate(outline.chapters):
                if chapter.own is not None:
                    drafts[number] = await self._describe(chapter.own, chapter)
                    self._introduce(drafts[number], chapter)
            for number, chapter in enumerate(outline.chapters):
                report(f"section {number + 1} of {total}: {with_hidden_shown(chapter.title) or chapter.kind}")
                await self._write(chapter, drafts.get(number))
        except GlossatorError as error:
            self.problems.append(Problem.of(error))
        if outline.left_out is not None:
            told = f"This file is very long: what begins at line {outline.left_out + 1} or later was left out."
            self.problems.append(Problem(told, "Explain those lines by themselves: FILE:FIRST-LAST."))

    async def describe_words(self, snapshot: Snapshot, root: Path) -> None:
        """The declarations of a text in another language than Python, each with the comment above it."""
        for position in other_language.definitions(snapshot):
            draft = await other_language.describe(snapshot, position, root)
            line = position.line
            code = snapshot.line(line)
            page = Page(Chapter("definition", brief(code), 1, line, line, code.strip()), drafts=[draft])
            page.items.append((self._item(draft, line, brief(code, LONGEST_CODE)), None))
            self.pages.append(page)
        self.problems.extend((await other_language.describe(snapshot, None, root)).problems)

    async def answer(self, snapshot: Snapshot, report: Report) -> None:
        """What the options' question is answered with."""
        used = [documented for page in self.pages for draft in page.drafts for documented in draft.documented]
        draft, written = await answer_of(used, snapshot, self.tools, self.options, report)
        self.answered = self._adopted(written.sentences, draft)
        self.problems.extend((*draft.problems, *written.problems))

    def finished(self) -> tuple[Section, ...]:
        """The pages as numbered sections."""
        kept = [page for page in self.pages if page.worth_a_section]
        numbers = {id(page.chapter): number for number, page in enumerate(kept, 1)}
        return tuple(_section(page, numbers) for page in kept)

    def all_problems(self) -> tuple[Problem, ...]:
        """Each problem once; names without a definition together."""
        found = list(self.problems)
        names = list(dict.fromkeys(self.unresolved))
        if names and self.workspace is not None:
            more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
            listed = ", ".join(f"`{name}`" for name in names[:MOST_NAMES])
            environment = self.workspace.installed.environment.name
            step = f"What comes from a package must be installed in the environment `{environment}`; "
            found.append(Problem(f"No definition was found of {listed}{more}.", f"{step}python.environment sets it."))
        return tuple(dict.fromkeys(found))

    async def _write(self, chapter: Chapter, own: Draft | None) -> None:
        page = Page(chapter)
        self.pages.append(page)
        if own is not None:
            self._add_own(own, page)
        for focus in chapter.focuses:
            self._add(await self._describe(focus, chapter), focus, page)
        drafts = [draft for draft in page.drafts if draft.bibliography.evidence]
        if drafts:
            whole = _joined(drafts, chapter)
            manner = synthesis.Manner(self.tools.small)
            written = await synthesis.write(whole, self.tools.model, self.options, ignore, manner)
            adopted = tuple(self.bibliography.adopt(one, whole.bibliography) for one in written.sentences)
            page.written = replace(written, sentences=adopted)
            self.problems.extend(written.problems)

    async def _describe(self, focus: Focus, chapter: Chapter) -> Draft:
        assert self.workspace is not None
        draft = Draft()
        position = self.workspace.snapshot.position(focus.node.start_byte)
        workspace = replace(self.workspace, line=chapter.first)
        await place.describe_place(position, workspace, self.tools.sources, draft, ignore)
        if draft.symbol is None and focus.name is not None and not draft.summary:
            self.unresolved.append(workspace.tree.text_of(focus.name))
            draft.problems.clear()
        self.problems.extend(draft.problems)
        return draft

    def _introduce(self, draft: Draft, chapter: Chapter) -> None:
        if draft.symbol is not None:
            self.introduced.setdefault(draft.symbol.qualified_name, chapter)

    def _add_own(self, draft: Draft, page: Page) -> None:
        """What a definition says of itself; nothing where it has no docstring: that it stands here is plain to see."""
        if all(sentence.support != "extracted" for sentence in draft.summary):
            return
        page.drafts.append(draft)
        page.items.append((replace(self._item(draft, page.chapter.first, page.chapter.title), own=True), None))

    def _add(self, draft: Draft, focus: Focus, page: Page) -> None:
        """A construct: whole when its symbol is new, else what is new about its arguments, else where it was said."""
        if (draft.symbol is None and not draft.summary) or self.workspace is None:
            return
        tree = self.workspace.tree
        line, code = tree.line_of(focus.node), brief(tree.text_of(focus.call or focus.node), LONGEST_CODE)
        name = draft.symbol.qualified_name if draft.symbol else code
        introduced = self.introduced.get(name)
        if introduced is not None:
            new = [one for one in draft.arguments if one.sentences and _argument_key(name, one) not in self.told]
            if not new:
                if introduced is not page.chapter:
                    page.mentions.setdefault(brief(code.partition("(")[0], LONGEST_NAME), introduced)
                return
            draft = Draft(draft.symbol, draft.span, draft.code, arguments=new, bibliography=draft.bibliography)
        self.introduced.setdefault(name, page.chapter)
        page.drafts.append(draft)
        page.items.append((self._item(draft, line, code), introduced))

    def _item(self, draft: Draft, line: int, code: str) -> Item:
        name = draft.symbol.qualified_name if draft.symbol else code
        # What a class's distribution is, is told with its first class only.
        conclusion = [one for one in draft.conclusion if (one.text,) not in self.told]
        self.told.update((one.text,) for one in (*draft.summary, *conclusion))
        self.told.update(_argument_key(name, one) for one in draft.arguments)
        sentences = {one.text: one for one in (*draft.summary, *conclusion)}
        adopted = self._adopted(tuple(sentences.values()), draft)
        arguments = tuple(replace(one, sentences=self._adopted(one.sentences, draft)) for one in draft.arguments)
        return Item(line + 1, code, draft.symbol, adopted, arguments)

    def _adopted(self, sentences: Sequence[Sentence], draft: Draft) -> tuple[Sentence, ...]:
        return tuple(self.bibliography.adopt(one, draft.bibliography) for one in sentences)


def _name(snapshot: Snapshot) -> str:
    return snapshot.path.name if snapshot.path else snapshot.uri.rpartition("/")[2]


def _joined(drafts: Sequence[Draft], chapter: Chapter) -> Draft:
    """The drafts of a chapter as one. A single one is taken as it is: the model is then asked what a hover asks, and
    either remembers what the other was told."""
    if len(drafts) == 1:
        return drafts[0]
    whole = Draft(code=chapter.code)
    for draft in drafts:
        whole.summary.extend(whole.bibliography.adopt(one, draft.bibliography) for one in draft.summary[:1])
        for argument in draft.arguments:
            sentences = tuple(whole.bibliography.adopt(one, draft.bibliography) for one in argument.sentences)
            whole.arguments.append(replace(argument, sentences=sentences))
    return whole


def _section(page: Page, numbers: dict[int, int]) -> Section:
    chapter = page.chapter
    items = tuple(
        replace(item, earlier=numbers.get(id(introduced))) if introduced is not None else item
        for item, introduced in page.items
    )
    sentences = [sentence for item in items for sentence in item.sentences]
    sentences += [one for item in items for argument in item.arguments for one in argument.sentences]
    cited = (one for sentence in (*page.written.sentences, *sentences) for one in sentence.citations)
    return Section(
        number=numbers[id(chapter)],
        kind=chapter.kind,
        title=chapter.title,
        level=chapter.level,
        first_line=chapter.first + 1,
        last_line=chapter.last + 1,
        code=chapter.code,
        items=items,
        mentions=tuple(Mention(name, numbers[id(one)]) for name, one in page.mentions.items() if id(one) in numbers),
        synthesis=page.written.sentences,
        sources=tuple(sorted(set(cited), key=int)),
        meta=page.written.meta,
    )


def _meta(sections: Sequence[Section], options: ExplainOptions, started: float) -> Meta:
    """How the whole was made: by the model of the sections that one wrote."""
    written = [section.meta for section in sections if section.by_model]
    refused = sum("model_text_refused" in section.meta.options for section in sections)
    return replace(
        written[0] if written else Meta(),
        cached=bool(written) and all(meta.cached for meta in written),
        duration_ms=round((time.monotonic() - started) * 1000, 1),
        created_at=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        options={
            **asdict(options),
            "priority": options.priority.name.lower(),
            **({"model_texts_refused": refused} if refused else {}),
        },
    )


def _argument_key(name: str, argument: Argument) -> tuple[str, ...]:
    """What makes an argument's words the same as those of another use. The value counts only through them."""
    return (name, argument.name, *(sentence.text for sentence in argument.sentences))
