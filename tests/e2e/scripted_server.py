"""A language server whose parts do what the document says: for tests of order, cancelling and overload.

Everything but the parts is the real thing. The word at the position decides:

=========  ==========================================================================================
``hold``   waits until ``scripted.release``, or until it is cancelled
``late``   an explanation that waits like ``hold`` if a model is to write, and is there at once if not
``crash``  raises an error nobody expects
``absent`` raises the error of a missing model
``silent`` has nothing to say
``loads``  reports that a model loads, then answers
``stuck``  reports that a model loads, then waits like ``hold``
``noisy``  prints to standard output, then answers
``weird``  answers with what JSON cannot hold
``asks``   needs a decision of the user, once; answers at once all the same
=========  ==========================================================================================

Any other word is answered at once. ``glossator.status`` has the counters. With ``SCRIPTED_HANG`` set, closing the parts
never ends, nor does a thread of theirs.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from glossator.cli.serve import log_to_stderr, own_channels
from glossator.complete.completion import Completion, CompletionMeta, Suggestion
from glossator.complete.journal import Journal
from glossator.complete.pipeline import CompleteOptions
from glossator.complete.sources.base import Surroundings
from glossator.errors import ModelMissing, NothingToSay, PartMissing, Problem
from glossator.explain.article import Article
from glossator.explain.explanation import Explanation, Meta, Sentence, SymbolFacts
from glossator.explain.options import ExplainOptions, FollowUp, Report, Show, Target
from glossator.lsp.convert import to_plain, word_at
from glossator.lsp.server import GlossatorServer, build
from glossator.models.consent import Question, Subject
from glossator.models.progress import Progress, silent
from glossator.models.progress import Report as LoadingReport
from glossator.settings import Settings
from glossator.text import Position, Snapshot, Span

ADAPTERS = ("terse", "wordy")


class Script:
    """What all parts of this process share: the counters, and what the held requests wait for."""

    def __init__(self) -> None:
        self.counters: Counter[str] = Counter()
        self.waiting: set[asyncio.Event] = set()
        self.server: GlossatorServer | None = None
        self.loading: LoadingReport = silent
        self.wanted = False
        self.decided = ""

    async def hold(self, what: str) -> None:
        """Wait to be released; count how that ended."""
        event = asyncio.Event()
        self.waiting.add(event)
        self.counters[f"{what}_held"] += 1
        try:
            await event.wait()
        except asyncio.CancelledError:
            self.counters[f"{what}_cancelled"] += 1
            raise
        finally:
            self.waiting.discard(event)
        self.counters[f"{what}_released"] += 1

    async def act(self, word: str, what: str) -> None:
        """Do what the word says."""
        if word == "hold":
            await self.hold(what)
        elif word == "crash":
            raise RuntimeError(f"{__file__} crashed")
        elif word == "absent":
            raise ModelMissing("There is no model on this machine.", "Run `glossator models pull`.")
        elif word == "silent":
            raise NothingToSay("There is nothing to say.")
        elif word in ("loads", "stuck"):
            self.loading(Progress("Loading the model", 1, 4))
            if word == "stuck":
                await self.hold(what)
            self.loading(Progress("Ready", 4, 4))
        elif word == "asks" and not self.decided:
            self.wanted = True
        elif word == "noisy":
            print("a library prints", flush=True)
            os.write(1, b"and its C part too\n")


class ScriptedParts:
    """Parts that obey the script. With ``SCRIPTED_CHILD`` set they start a process that ends only when told to."""

    def __init__(self, script: Script, settings: Settings, root: Path | None, loading: LoadingReport) -> None:
        if settings.model.name == "unusable":
            raise PartMissing("The model cannot be used.", "Choose another.")
        self._script = script
        self._root = root
        self.settings = settings
        named = settings.python.environment
        self.problems = (Problem(f"There is no environment {named}.", "Name another."),) if named else ()
        script.loading = loading
        script.counters["assembled"] += 1
        command = [sys.executable, "-c", "import time; time.sleep(600)"]
        self._child = subprocess.Popen(command) if os.environ.get("SCRIPTED_CHILD") else None

    async def explain(
        self,
        snapshot: Snapshot,
        target: Target,
        options: ExplainOptions,
        report: Report = lambda piece: None,
        show: Show | None = None,
    ) -> Explanation:
        """The word at the target, and the line it stands in; shown twice before: without a model, and with."""
        start = target.start if isinstance(target, Span) else target or Position(0, 0)
        span = word_at(snapshot, start)
        word = snapshot.slice(span) if span else ""
        await self._script.act(word, "explain")
        if options.synthesis == "model":
            for grown in growth(word) if show else ():
                show(grown)
            report("one ")
            if word == "late":
                await self._script.hold("explain")
            report("two")
        self._script.counters[f"explained_{options.synthesis}"] += 1
        if options.synthesis == "cached" and word == "late" and self._script.counters["explain_released"]:
            return growth(word)[-1]  # what the model wrote is remembered
        return explanation(snapshot, target, word, options)

    async def follow_up(
        self, wish: FollowUp, options: ExplainOptions, report: Report = lambda piece: None, show: Show | None = None
    ) -> Explanation:
        """The wish, spelled out; the id is what the script acts upon."""
        await self._script.act(wish.id, "follow_up")
        for grown in growth(wish.id) if show else ():
            show(grown)
        told = {"search": wish.search, "synthesis": options.synthesis, "fresh": options.fresh}
        return Explanation(wish.id, None, (Sentence(wish.question, (), "weak"),), meta=Meta(options=told), id="next")

    async def forget(self, snapshot: Snapshot, target: Target) -> int:
        """As many as the target has parts."""
        return 0 if target is None else 2 if isinstance(target, Span) else 1

    async def article(
        self, snapshot: Snapshot, options: ExplainOptions, report: Report = lambda piece: None
    ) -> Article:
        """No sections; the first word decides."""
        span = word_at(snapshot, Position(0, 0))
        await self._script.act(snapshot.slice(span) if span else "", "article")
        report("section 1 of 1")
        return Article(snapshot.uri, "scripted.py", snapshot.language, snapshot.line_count, "0")

    async def complete(
        self,
        snapshot: Snapshot,
        position: Position,
        options: CompleteOptions,
        surroundings: Surroundings = Surroundings(),
    ) -> Completion:
        """The line before the cursor once more, behind the cursor."""
        before = snapshot.line(position.line)[: position.column]
        words = before.split() or [""]
        await self._script.act(words[-1], "complete")
        if words[-1] == "weird":
            return Completion((Suggestion("x", Span(position, position)),), meta=CompletionMeta(context=(Any,)))  # type: ignore[arg-type]
        self._script.counters["completed"] += 1
        if not words[-1]:
            return Completion(reason="nothing-before")
        around = (
            *(f"above: {one.text}" for one in surroundings.above),
            *(f"below: {one.text}" for one in surroundings.below),
        )
        meta = CompletionMeta("scripted", "echo", context=(*(("manual",) if options.manual else ()), *around))
        return Completion((Suggestion(f"<{before}>", Span(position, position)),), meta=meta)

    def questions(self) -> tuple[Question, ...]:
        """What ``asks`` has wanted."""
        return (Question("models", "folder", "May it?"),) if self._script.wanted else ()

    async def answer(self, subject: Subject, allowed: bool) -> None:
        """Keep the decision."""
        self._script.wanted, self._script.decided = False, f"{subject} {allowed}"

    def changed(self, snapshot: Snapshot) -> None:
        """Count."""
        self._script.counters["changed"] += 1

    def closed(self, uri: str) -> None:
        """Count."""
        self._script.counters["closed_documents"] += 1

    def judged(self, taken: bool) -> None:
        """Count."""
        self._script.counters["taken" if taken else "ignored"] += 1

    def status(self) -> Mapping[str, str]:
        """The counters, the settings and the child's process id."""
        server = self._script.server
        return {
            **{name: str(count) for name, count in self._script.counters.items()},
            "pending": str(server.protocol.pending if server else 0),
            "child": str(self._child.pid if self._child else ""),
            "model": self.settings.model.name,
            "root": str(self._root),
            "decided": self._script.decided,
        }

    def adapters(self) -> Mapping[str, Any]:
        """Two, and what the settings chose of them."""
        rows = [{"name": one, "type": "lora", "base": "scripted", "purpose": "", "effect": ""} for one in ADAPTERS]
        return {"adapters": rows, "chosen": {"complete": self.settings.adapters.complete, "explain": ""}}

    def model_choices(self) -> Mapping[str, Any]:
        """One that is here, and one that is too large."""
        here = {"name": "small", "state": "ready", "license": "MIT", "quantization": "none", "trouble": ""}
        large = {**here, "name": "large", "trouble": "The model large needs 40 GB. What fits: small (1 GB)."}
        rows = [{**here, "memory": 10**9, "free": 2 * 10**9}, {**large, "memory": 4 * 10**10, "free": 2 * 10**9}]
        return {"models": rows, "chosen": self.settings.model.name}

    def choose_adapter(self, purpose: str, name: str) -> None:
        """There are none to choose."""

    async def close(self) -> None:
        """End the child."""
        self._script.counters["closed"] += 1
        if os.environ.get("SCRIPTED_HANG"):
            threading.Thread(target=time.sleep, args=(600,)).start()
            await asyncio.Event().wait()
        if self._child:
            self._child.kill()
            self._child.wait()


def growth(word: str) -> list[Explanation]:
    """What is known of a word at first, and with a sentence of the model."""
    first = Explanation("", SymbolFacts(word, word, "function"), (Sentence("A fact.", ("1",), "extracted"),))
    sentence = Sentence("Written.", ("1",), "supported")
    return [first, replace(first, synthesis=(sentence,), meta=Meta("scripted", "scripted"))]


def explanation(snapshot: Snapshot, target: Target, word: str, options: ExplainOptions) -> Explanation:
    """What the script says of a word. The target is spelled out, so that tests see what position arrived."""
    line = target.line if isinstance(target, Position) else 0
    problems = [Problem("The place is odd.", "Look closer.")] if word == "odd" else []
    if word == "odd" and options.synthesis == "model":
        problems.append(Problem("The model is gone.", "Pull it."))
    return Explanation(
        target=str(to_plain(target)),
        symbol=SymbolFacts(word, f"scripted.{word}", "function") if word else None,
        summary=(Sentence(snapshot.line(line), ("1",), "extracted"),),
        problems=tuple(problems),
        meta=Meta(
            "scripted" if options.synthesis == "model" else "extractive",
            options={
                "question": options.question,
                "priority": options.priority.name,
                "version": snapshot.version,
                "fresh": options.fresh,
            },
        ),
        id=word,
    )


class ScriptedRendering:
    """Says the least that tests can look for."""

    def to_markdown(self, explanation: Explanation, *, limit: int = 20_000) -> str:
        """Name, summary, problems."""
        lines = [f"**{explanation.symbol.name}**" if explanation.symbol else ""]
        lines += [sentence.text for sentence in explanation.summary]
        lines += [f"_{problem}_" for problem in explanation.problems]
        return "\n\n".join(filter(None, lines))[:limit]

    def to_json(self, explanation: Explanation) -> dict[str, Any]:
        """All of it."""
        return dict(to_plain(explanation))


def main() -> int:
    """Serve until the editor is gone."""
    log_to_stderr("warning")
    script = Script()
    # Not the user's own journal; one that asks for statistics names its file.
    file = os.environ.get("SCRIPTED_JOURNAL") or Path(tempfile.mkdtemp(prefix="journal-")) / "completions.db"
    journal = Journal(Path(file))
    server = script.server = build(partial(ScriptedParts, script), ScriptedRendering(), journal)

    def release(*_: object) -> None:
        for event in script.waiting:
            event.set()

    async def released(params: Namespace) -> None:
        release()

    server.command("scripted.release")(released)
    signal.signal(signal.SIGUSR1, release)  # for who has no client to send a command by
    server.start_io(*own_channels())
    return server.exit_code


if __name__ == "__main__":
    sys.exit(main())
