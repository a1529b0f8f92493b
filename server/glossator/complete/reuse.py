"""Never ask twice: answers by what they depend on, and what of them is still to be typed."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace

from glossator.complete.completion import Completion, Said, Suggestion
from glossator.complete.confidence import behind
from glossator.complete.context import Context
from glossator.text import Position, Span

MOST_ENTRIES = 250
LONGEST_TYPED = 400  # characters of a suggestion that somebody types instead of accepting it
# Seconds without use, after which an answer is asked for anew. It may rest on files that nobody has open, whose changes
# no editor tells; looking into them at each key would cost more than all answers remembered save.
LASTS = 120.0
_GOES_ON = ("(", "[", "{", ",", ":", ".", "=", "+", "-", "*", "/", "%", "|", "&", "<", ">", "\\", " ")


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that an answer depends on but for the text before the cursor. ``settings`` and ``context`` are
    fingerprints: of the options, and of what else the model may be shown. Not of the passages themselves: finding them
    takes longer than an answer may, and while somebody types on they stay as they were (``sources.gather``)."""

    uri: str
    suffix: str
    model: str
    adapter: str
    settings: str
    context: str


@dataclass(slots=True)
class Entry:
    """What the model said behind a prefix, and when that was last of use."""

    prefix: str
    completion: Completion
    used: float


@dataclass(frozen=True, slots=True)
class Rest:
    """An answer, what was typed of it since, and what of it is still to be typed: of each of its texts that fits."""

    answer: Completion
    typed: str
    rests: tuple[Said, ...]


class Memory:
    """The last answers. An answer serves its own prefix, and every prefix that is it and the beginning of the
    suggestion: typed through, or deleted back to. An empty answer serves its own prefix only, but what the model said
    behind it serves as a suggestion does, to be looked at again. ``now`` is in seconds of any one clock."""

    def __init__(self) -> None:
        self._scenes: OrderedDict[Scene, OrderedDict[str, Entry]] = OrderedDict()

    def __len__(self) -> int:
        return sum(map(len, self._scenes.values()))

    def put(self, scene: Scene, prefix: str, completion: Completion, now: float = 0.0) -> None:
        """Remember an answer. One that ended by its deadline with nothing is none."""
        if completion.reason == "deadline":
            return
        entries = self._scenes.setdefault(scene, OrderedDict())
        self._scenes.move_to_end(scene)
        entries[prefix] = Entry(prefix, completion, now)
        entries.move_to_end(prefix)
        while len(self) > MOST_ENTRIES:
            self._drop_oldest()

    def find(self, scene: Scene, prefix: str, position: Position, now: float = 0.0) -> Completion | None:
        """The answer for a prefix, moved to the position; the latest first, so that what is shown stays while it is
        typed."""
        entries = self._scenes.get(scene, OrderedDict[str, Entry]())
        for entry in reversed(entries.values()):
            found = _rest(entry, prefix, position) if now - entry.used <= LASTS else None
            if found is not None:
                entry.used = now
                entries.move_to_end(entry.prefix)
                self._scenes.move_to_end(scene)
                return found
        return None

    def said_behind(self, scene: Scene, prefix: str, now: float = 0.0) -> Rest | None:
        """What a model said that fits a prefix, whatever of it was shown; the latest first."""
        entries = self._scenes.get(scene, OrderedDict[str, Entry]())
        for entry in reversed(entries.values()):
            typed = _typed(entry, prefix) if now - entry.used <= LASTS else None
            said = entry.completion.said if typed is not None else ()
            rests = tuple(rest for one in said if (rest := _rest_of(one, typed or "")) is not None)
            if typed is not None and rests:
                return Rest(entry.completion, typed, rests)
        return None

    def forget(self, uri: str) -> None:
        """Drop what is remembered of a document."""
        for scene in [scene for scene in self._scenes if scene.uri == uri]:
            del self._scenes[scene]

    def _drop_oldest(self) -> None:
        scene, entries = next(iter(self._scenes.items()))
        entries.popitem(last=False)
        if not entries:
            del self._scenes[scene]


def without_inserted_closer(context: Context) -> str | None:
    """The suffix as it was before the editor closed, by itself, the bracket or quote just typed; None if it did not."""
    pairs = {"(": ")", "[": "]", "{": "}", '"': '"', "'": "'", "`": "`"}
    closer = pairs.get(context.before[-1:])
    return context.after[1:] if closer is not None and context.after.startswith(closer) else None


def _typed(entry: Entry, prefix: str) -> str | None:
    """What was typed since an answer, or None if something was changed or it was long ago."""
    if not prefix.startswith(entry.prefix) or len(prefix) - len(entry.prefix) > LONGEST_TYPED:
        return None
    return prefix[len(entry.prefix) :]


def _rest_of(said: Said, typed: str) -> Said | None:
    """What of it is still to be typed. Where all is typed and it ended by itself, that is nothing, and known."""
    rest = behind(said, typed)
    if rest is not None and rest.text.strip():
        return rest
    if not said.ended or typed != said.text.rstrip() or typed.endswith(_GOES_ON):
        return None
    return Said("", (), True)


def _rest(entry: Entry, prefix: str, position: Position) -> Completion | None:
    typed = _typed(entry, prefix)
    if typed is None:
        return None
    items = tuple(
        replace(one, text=_behind(one.text, typed), span=Span(position, position))
        for one in entry.completion.items
        if _continues(one, typed)
    )
    if not items and (typed or entry.completion.items):
        return None
    return replace(entry.completion, items=items, meta=replace(entry.completion.meta, cached=True))


def _continues(suggestion: Suggestion, typed: str) -> bool:
    text = suggestion.text.replace("\r\n", "\n")
    return text.startswith(typed) and bool(text[len(typed) :].strip())


def _behind(text: str, typed: str) -> str:
    """The text behind what was typed of it, which has LF where the text may have CRLF."""
    newline = "\r\n" if "\r\n" in text else "\n"
    return text.replace("\r\n", "\n")[len(typed) :].replace("\n", newline)
