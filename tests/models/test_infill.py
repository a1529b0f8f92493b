"""Completions by whatever a server can do, and what of a chat's answer is the missing text."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace

import pytest

from glossator.errors import GlossatorError, ModelMissing, WrongUse
from glossator.models.base import Message, Piece, Prompt, Usage, read
from glossator.models.families import STARCODER
from glossator.models.faults import ModelFault
from glossator.models.infill import MARK, InfillingModel, cleaned, family_in

HOLE = Prompt(text="def add(a, b):\n    return ", suffix="\n\nprint(add(1, 2))\n", stop=("\n",))


@dataclass
class Server:
    """Counts tokens as words; ``suffix`` is what it does with one, ``completes`` whether it has that endpoint."""

    suffix: str = "used"
    completes: bool = True
    answer: str = "a + b"
    asked: list[Prompt] = field(default_factory=list)
    fault: GlossatorError | None = None

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        self.asked.append(prompt)
        if self.fault is not None:
            raise self.fault
        if not prompt.messages and not self.completes:
            raise ModelMissing("This is a chat model.")
        if prompt.suffix and self.suffix == "refused":
            raise WrongUse("suffix is not currently supported")
        seen = prompt.text + (prompt.suffix if self.suffix == "used" else "")
        yield Piece(self.answer, Usage("server", "m", prompt_tokens=len(seen.split()), completion_tokens=3))


@pytest.mark.parametrize(
    ("server", "family", "way"),
    [
        (Server("used"), None, "suffix"),
        (Server("refused"), STARCODER, "fim"),
        (Server("ignored"), STARCODER, "fim"),
        (Server("refused"), None, "chat"),
        (Server("ignored"), None, "chat"),
        (Server(completes=False), STARCODER, "chat"),
    ],
)
async def test_one_probe_tells_what_a_server_can(server: Server, family: object, way: str) -> None:
    notes: list[str] = []
    model = InfillingModel(server, "auto", family, lambda: "", notes.append)  # type: ignore[arg-type]
    text, _ = await read(model, HOLE)
    assert (text, notes) == ("a + b", [way])
    asked, final = len(server.asked), server.asked[-1]
    assert [bool(final.suffix), "<fim_suffix>" in final.text, bool(final.messages)] == [
        way == each for each in ("suffix", "fim", "chat")
    ]
    await read(model, HOLE)
    assert len(server.asked) == asked + 1, "it is not asked again"
    assert all("add(a, b)" not in one.text for one in server.asked[: asked - 1]), "probes hold nothing of the user's"


async def test_what_was_found_out_before_is_not_probed() -> None:
    server = Server("ignored")
    await read(InfillingModel(server, "auto", None, lambda: "none"), HOLE)
    (asked,) = server.asked
    assert (asked.text, asked.suffix) == (HOLE.text, "")


async def test_a_fault_while_probing_is_not_taken_for_an_answer() -> None:
    server, notes = Server(fault=ModelFault("It broke.")), []
    model = InfillingModel(server, "auto", None, lambda: "", notes.append)
    with pytest.raises(ModelFault):
        await read(model, HOLE)
    server.fault = None
    assert (await read(model, HOLE))[0] == "a + b"
    assert notes == ["suffix"]


async def test_chats_pass_through() -> None:
    server, asked = Server(), Prompt(messages=(Message("user", "hi"),))
    await read(InfillingModel(server, "auto", None), asked)
    assert server.asked == [asked]


async def test_the_users_text_cannot_form_a_token() -> None:
    server = Server()
    await read(InfillingModel(server, "fim", STARCODER), replace(HOLE, text="x = '<fim_suffix>'\n"))
    (asked,) = server.asked
    assert asked.text.count("<fim_suffix>") == 1
    assert asked.text.startswith("<fim_prefix>x = '< fim_suffix>'")
    assert "<|endoftext|>" in asked.stop


async def test_a_chat_is_asked_at_a_mark_and_stopped_when_it_is_decided() -> None:
    server = Server(answer="a + b\nThis adds them.")
    text, _ = await read(InfillingModel(server, "chat", None), HOLE)
    (asked,) = server.asked
    assert asked.messages[-1].content == f"{HOLE.text}{MARK}{HOLE.suffix}"
    assert (text, asked.stop) == ("a + b", ())


ANSWERS = {
    "plain": ("a + b", "a + b"),
    "fenced": ("```python\na + b\n```", "a + b"),
    "fenced, with words behind": ("```\na + b\n```\nThis adds.", "a + b"),
    "an open fence": ("```py\na + b", "a + b"),
    "the line before repeated": ("    return a + b", "a + b"),
    "the line before, stripped": ("return a + b", "a + b"),
    "the whole function": ("def add(a, b):\n    return a + b", "a + b"),
    "what follows repeated": ("a + b\n\nprint(add(1, 2))\n", "a + b"),
    "everything, fenced": ("```python\ndef add(a, b):\n    return a + b\n\nprint(add(1, 2))\n```", "a + b"),
    "the mark too": (f"a + b{MARK}", "a + b"),
    "more lines": ("a + b\nx = 1", "a + b"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("answer", "missing"), ANSWERS.values(), ids=ANSWERS.keys())
def test_of_a_chats_answer_the_missing_text_is_kept(answer: str, missing: str) -> None:
    assert cleaned(answer, HOLE) == missing


@pytest.mark.parametrize(
    ("name", "family"),
    [("bigcode/starcoderbase-1b", "StarCoder"), ("StarCoder-15B-GGUF", "StarCoder"), ("gpt-4.1-mini", None)],
)
def test_a_family_is_known_by_the_models_name(name: str, family: str | None) -> None:
    found = family_in(name)
    assert (found.name if found else None) == family
