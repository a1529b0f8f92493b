"""One generation for each document, and none that is not needed: what somebody who types is answered with.

In order: what was shown and fits, what was said and fits, the words that have come of an answer under way, that answer
when it ends, a new one after a short wait for the next key. Once something is shown or a line ends, what follows is
asked for, and in a rest the model reads the text ahead; both on this machine only, and behind everything that somebody
waits for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Any

from glossator.complete.completion import Completion
from glossator.complete.decide import is_whole, next_indentation, reason_not_to_ask
from glossator.complete.filters import without_line_end
from glossator.complete.from_text import OPEN_FILES
from glossator.complete.pipeline import CompleteOptions, CompleteTools, Task, decided_again, generate
from glossator.complete.reuse import Memory, Scene, without_inserted_closer
from glossator.complete.rhythm import Rhythm
from glossator.complete.under_way import PATIENCE, Ahead, Generation
from glossator.errors import GlossatorError
from glossator.models.base import Priority
from glossator.text import Position, Snapshot

IDLE = 1.0
LINES_AHEAD = 2  # prepared behind a suggestion; the next rest or suggestion prepares more
ENDS_LINE = ("statement_complete", "empty")


class Desk:
    """Answers for the documents of one editor, with one set of settings."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.rhythm = Rhythm()
        self._texts: dict[str, Snapshot] = {}
        self._running: dict[str, Generation] = {}
        self._ahead: dict[str, Ahead] = {}
        self._tools: dict[str, tuple[CompleteTools, CompleteOptions]] = {}

    async def complete(
        self, snapshot: Snapshot, position: Position, tools: CompleteTools, options: CompleteOptions
    ) -> Completion:
        """What could be written at a position of a text. Cancelling stops the work behind it, unless the text went on
        as the answer says. An answer whose text is no longer there is empty.

        Raises:
            WrongUse: the position is outside the text.
            ModelMissing: there are no weights.
            ModelUnavailable: the model does not answer.
        """
        if self._is_old(snapshot):
            return Completion((), "old_version")
        task = Task.at(snapshot, position, options)
        scene = scene_of(task, tools)
        self._tools[snapshot.uri] = (tools, options)
        completion = self._known(task, scene)
        if completion is None:
            reason = reason_not_to_ask(task.place, manual=options.manual)
            if reason is not None:
                self._stop(snapshot.uri)
                return task.empty(reason)
            completion = await self._reused(task, scene) or await self._asked(task, scene, tools)
        if self._is_old(snapshot):
            return Completion((), "old_version", completion.meta)
        self._look_ahead(task, completion, tools)
        return completion

    def changed(self, snapshot: Snapshot) -> None:
        """A document has another text: what no longer fits it stops; in the next rest the model reads it ahead."""
        uri = snapshot.uri
        former, self._texts[uri] = self._texts.get(uri), snapshot
        self.rhythm.key(asyncio.get_running_loop().time())
        running = self._running.get(uri)
        if running is not None and not running.fits_text(snapshot.text):
            self._stop(uri)
        ahead = self._ahead.get(uri)
        if ahead is not None and ahead.serves(snapshot.text):
            return
        self._stop_ahead(uri)
        if former is not None and uri in self._tools:
            self._do_ahead(uri, self._read_ahead(snapshot, _edited_at(former.text, snapshot.text)))

    def closed(self, uri: str) -> None:
        """A document is gone."""
        self._stop(uri)
        self.memory.forget(uri)
        self._texts.pop(uri, None)
        self._tools.pop(uri, None)
        self._stop_ahead(uri)

    async def close(self) -> None:
        """Stop everything."""
        works: list[asyncio.Task[Any]] = [one.work for one in self._running.values() if one.work is not None]
        works += [one.work for one in self._ahead.values()]
        for uri in [*self._running, *self._ahead]:
            self._stop(uri)
            self._stop_ahead(uri)
        await asyncio.gather(*works, return_exceptions=True)

    def _is_old(self, snapshot: Snapshot) -> bool:
        return self._texts.get(snapshot.uri, snapshot).text != snapshot.text

    def _known(self, task: Task, scene: Scene) -> Completion | None:
        """What was shown before and fits, else what was said before and fits, else what is being said."""
        return self._shown(task, scene) or self._said(task, scene) or self._being_said(task, scene)

    def _shown(self, task: Task, scene: Scene) -> Completion | None:
        prefix, position = task.context.before, task.position
        now = asyncio.get_running_loop().time()
        found = self.memory.find(scene, prefix, position, now)
        suffix = without_inserted_closer(task.context)
        if found is not None or suffix is None:
            return found
        found = self.memory.find(replace(scene, suffix=suffix), prefix, position, now)
        items = tuple(replace(one, text=without_line_end(one.text, task.place)) for one in found.items) if found else ()
        items = tuple(one for one in items if one.text.strip())
        return replace(found, items=items) if found is not None and items else None

    def _said(self, task: Task, scene: Scene) -> Completion | None:
        """What was said of this place when less of it was typed, looked at again: asked anew, the model would say the
        same. Where a line ends in between, only what is whole: behind what was wanted the model was stopped. By hand,
        nobody is told that there is nothing without being asked for."""
        manual = task.options.manual
        found = self.memory.said_behind(scene, task.context.before, asyncio.get_running_loop().time())
        if found is None or reason_not_to_ask(task.place, manual=manual) is not None:
            return None
        rests = tuple(one for one in found.rests if "\n" not in found.typed or is_whole(one.text, task.wish))
        answer = decided_again(task, found.answer.meta, rests) if rests else None
        return answer if answer is not None and (answer.items or not manual) else None

    def _being_said(self, task: Task, scene: Scene) -> Completion | None:
        """The words that have come of an answer under way: who types on does not wait for its end, and it goes on."""
        running = self._running.get(task.snapshot.uri)
        if task.options.manual or running is None or running.scene != scene:
            return None
        so_far = running.so_far(task.context.before)
        if so_far is None or reason_not_to_ask(task.place, manual=False) is not None:
            return None
        answer = decided_again(task, running.meta, (so_far,))
        running.shown = running.shown or bool(answer.items)
        return answer if answer.items else None

    async def _reused(self, task: Task, scene: Scene) -> Completion | None:
        running = self._running.get(task.snapshot.uri)
        if running is None or running.scene != scene or not running.fits(task.context.before):
            return None
        running.waiting += 1
        try:
            if not await running.settled(task.context.before):
                return None
        finally:
            running.waiting -= 1
            self._stop_unwanted(running)
        return self._known(task, scene)

    async def _asked(self, task: Task, scene: Scene, tools: CompleteTools) -> Completion:
        uri = task.snapshot.uri
        running = self._running.get(uri)
        if running is not None and not running.waiting:
            self._stop(uri)
        if not task.options.manual:
            await asyncio.sleep(self.rhythm.delay(task.place, idle=running is None))
        if self._is_old(task.snapshot):
            return task.empty("old_version")
        self._stop(uri)
        generation = self._running[uri] = Generation(task, scene)
        generation.work = asyncio.ensure_future(self._generate(generation, tools))
        generation.work.add_done_callback(lambda work: work.cancelled() or work.exception())
        generation.waiting += 1
        try:
            await asyncio.wait({generation.work})
            return task.empty("overtaken") if generation.work.cancelled() else generation.work.result()
        finally:
            generation.waiting -= 1
            self._stop_unwanted(generation)

    async def _generate(self, generation: Generation, tools: CompleteTools) -> Completion:
        began = asyncio.get_running_loop().time()
        uri = generation.task.snapshot.uri
        try:
            completion = await generate(generation.task, tools.model, hear=generation.hear)
            self._remember(generation, completion)
            self.rhythm.answered(asyncio.get_running_loop().time() - began)
            return completion
        finally:
            if self._running.get(uri) is generation:
                del self._running[uri]
            asyncio.get_running_loop().call_soon(generation.wake)

    def _remember(self, generation: Generation, completion: Completion) -> None:
        """What was asked for by hand stays while it is typed on, which nobody does by hand. What the open files said in
        the model's place is not the model's answer."""
        if completion.meta.backend == OPEN_FILES:
            return
        now = asyncio.get_running_loop().time()
        self.memory.put(generation.scene, generation.prefix, completion, now)
        if generation.task.options.manual and completion.items:
            typing = replace(generation.task.options, manual=False, alternatives=1)
            scene = replace(generation.scene, settings=fingerprint(typing))
            self.memory.put(scene, generation.prefix, completion, now)

    def _stop(self, uri: str) -> None:
        generation = self._running.pop(uri, None)
        if generation is not None and generation.work is not None:
            generation.work.cancel()

    def _stop_unwanted(self, generation: Generation) -> None:
        """Nobody waits for it: stop it at once, unless the text went on as it says. Then somebody will ask, or not."""
        if generation.waiting or generation.work is None or generation.work.done():
            return
        snapshot = generation.task.snapshot
        if not self._is_old(snapshot):
            generation.work.cancel()
            return

        def look_again() -> None:
            if not generation.waiting and not generation.shown and generation.work is not None:
                generation.work.cancel()

        asyncio.get_running_loop().call_later(PATIENCE, look_again)

    def _look_ahead(self, task: Task, completion: Completion, tools: CompleteTools) -> None:
        """Once a suggestion is shown, or the line is known to end here: what comes after it."""
        uri = task.snapshot.uri
        if tools.here is None or uri not in self._texts or uri in self._running:
            return
        if not completion.items and completion.reason not in ENDS_LINE:
            return
        old, offset = task.snapshot.text, task.snapshot.offset(task.position)
        text = completion.items[0].text if completion.items else ""
        accepted = old[:offset] + text + old[offset:]
        ahead = self._ahead.get(uri)
        if ahead is None or not ahead.serves(accepted):
            self._stop_ahead(uri)
            self._do_ahead(uri, self._prefetch(task, text, tools), accepted, len(old) - offset)

    async def _prefetch(self, task: Task, text: str, tools: CompleteTools) -> None:
        """Line by line: what stands behind the text, then what stands behind that."""
        for _ in range(LINES_AHEAD):
            following = self._following(task, text, tools)
            refused = reason_not_to_ask(following.place, manual=False) is not None
            ahead = self._ahead.get(task.snapshot.uri)
            if refused or tools.here is None or ahead is None:
                return
            ahead.text = following.snapshot.text
            scene = scene_of(following, tools)
            completion = self._known(following, scene)
            if completion is None:
                completion = await generate(following, tools.here, Priority.WARM_UP)
                self.memory.put(scene, following.context.before, completion, asyncio.get_running_loop().time())
            if not completion.items:
                return
            task, text = following, completion.items[0].text

    def _following(self, task: Task, text: str, tools: CompleteTools) -> Task:
        """The place behind a text, or the next line where the line ends there."""
        following = after(task, text)
        reason = reason_not_to_ask(following.place, manual=False)
        if reason is None:
            known = self._known(following, scene_of(following, tools))
            reason = known.reason if known is not None else None
        if reason not in ENDS_LINE or not following.context.line_before.strip():
            return following
        return after(following, following.context.newline + next_indentation(following.place))

    async def _read_ahead(self, snapshot: Snapshot, offset: int) -> None:
        """The model reads the text up to the last edit, and writes nothing."""
        await asyncio.sleep(IDLE)
        tools, options = self._tools[snapshot.uri]
        if tools.here is None or snapshot.uri in self._running:
            return
        task = Task.at(snapshot, snapshot.position(offset), options)
        prompt = replace(task.prompt(Priority.WARM_UP), max_tokens=0, scores=False)
        async with aclosing(tools.here.stream(prompt)) as pieces:
            async for _ in pieces:
                pass

    def _stop_ahead(self, uri: str) -> None:
        ahead = self._ahead.pop(uri, None)
        if ahead is not None:
            ahead.work.cancel()

    def _do_ahead(self, uri: str, work: Coroutine[Any, Any, None], text: str = "", behind: int = 0) -> None:
        async def quietly() -> None:
            with suppress(GlossatorError):  # nobody asked for it; who asks is told
                await work

        def ended(task: asyncio.Task[None]) -> None:
            work.close()  # else Python warns of one that was cancelled before it began
            if uri in self._ahead and self._ahead[uri].work is task:
                del self._ahead[uri]

        self._ahead[uri] = Ahead(asyncio.ensure_future(quietly()), text, behind)
        self._ahead[uri].work.add_done_callback(ended)


def scene_of(task: Task, tools: CompleteTools) -> Scene:
    """What the answer to a task depends on beside the text before the cursor."""
    options, snapshot = task.options, task.snapshot
    name = snapshot.path.name if snapshot.path else ""
    shown = f"{snapshot.language} {name} {task.context.newline!r} {hash(tools.outside)}"
    adapter = tools.adapter(snapshot.language)
    return Scene(snapshot.uri, task.context.after, tools.identity, adapter, fingerprint(options), shown)


def fingerprint(options: CompleteOptions) -> str:
    """The options in one line."""
    return repr(options)


def after(task: Task, text: str) -> Task:
    """The same document with a text inserted at the cursor, and the cursor behind it."""
    snapshot = task.snapshot
    offset = snapshot.offset(task.position)
    longer = replace(snapshot, text=snapshot.text[:offset] + text + snapshot.text[offset:])
    return Task.at(longer, longer.position(offset + len(text)), replace(task.options, manual=False, alternatives=1))


def _edited_at(old: str, new: str) -> int:
    """The offset in the new text behind the one place where two texts differ; by halving, for they may be long."""
    low, high = 0, min(len(old), len(new))
    while low < high:
        middle = (low + high + 1) // 2
        same = old[len(old) - middle :] == new[len(new) - middle :]
        low, high = (middle, high) if same else (low, middle - 1)
    return len(new) - low
