"""What the replay beside llama.vim counts, and llama.vim's policy: in no time, with servers that follow a script."""

from __future__ import annotations

import argparse
import asyncio
import itertools
from pathlib import Path

import gguf
import numpy
import pytest
from rich.console import Console

from glossator.complete.scripted import PacedModel, run_in_no_time
from tests.bench.complete.llama_vim import FIRST_MS, FOLLOWING_MS, LlamaVim, rendered
from tests.bench.complete.scripted import DeskClient, ScriptedServer
from tests.bench.complete.speed import Rates, bandwidth, editing
from tests.bench.complete.tables import goals, percentiles, replay_table, speed_table
from tests.bench.complete.typing import Client, Hole, Key, Log, Screen, agreement, gaps, hole_of, is_right, replay
from tests.bench.complete.weights import export
from tests.bench.next_line import Place
from tests.bench.quality import wilson
from tests.bench.sandbox import passes

BEFORE = "import json\n\n\ndef load(path):\n    "
LINE = "return json.load(path)\n"
HOLE = Hole("/a/b.py", BEFORE, tuple(LINE[:12]), "\n")


def knows(prompt: str) -> str:
    whole = BEFORE + LINE
    return whole[len(prompt) :].rstrip("\n") if whole.startswith(prompt) else "wrong()"


def typed(client: Client, hole: Hole = HOLE) -> Log:
    log = Log("somebody")
    run_in_no_time(replay(0, hole, client, log))
    return log


def test_a_hole_ends_with_its_line_and_indentation_is_no_key_of_its_own() -> None:
    place = Place("/a.py", 3, "def f():\n    ", "x = 1", "\n    y = 2\nz = 3\n")
    hole = hole_of(place, 9)
    assert hole.keys == ("x", " ", "=", " ", "1", "\n    ", "y", " ", "=")
    assert hole.behind == "\nz = 3\n"


def test_the_same_keys_come_at_the_same_times() -> None:
    assert gaps(HOLE.keys, 1) == gaps(HOLE.keys, 1) != gaps(HOLE.keys, 2)
    assert all(0.05 <= gap <= 1.0 for gap in gaps("a b" * 100, 3))


@pytest.mark.parametrize(
    ("text", "coming", "right", "agreed"),
    [
        ("self.load(x)", "self.load(path)", True, 10),
        ("self.lo", "self.load(path)", True, 7),
        ("sel.f", "self.load", False, 0),
        ("other", "self", False, 0),
        (" x", " x = 1", True, 2),
        ("", "self", False, 0),
    ],
)
def test_right_is_what_begins_with_the_word_that_comes(text: str, coming: str, right: bool, agreed: int) -> None:
    assert (is_right(text, coming), agreement(text, coming)) == (right, agreed)


def test_a_text_for_another_place_is_stale_and_not_shown() -> None:
    async def work() -> Screen:
        screen = Screen()
        screen.keys += [Key(0.0, "a"), Key(1.0, "ab")]
        screen.show("a", "bc", model=True)
        screen.show("ab", "c", model=True)
        return screen

    screen = asyncio.run(work())
    assert screen.stale == 1
    assert [text for _, text in screen.keys[-1].shown] == ["c"]


@pytest.mark.parametrize("name", ["ours", "llama.vim"])
def test_who_knows_the_line_saves_keys_and_shows_nothing_stale(name: str) -> None:
    clients: dict[str, Client] = {
        "ours": DeskClient(PacedModel(knows, prefill=0.02, step=0.005)),
        "llama.vim": LlamaVim(ScriptedServer(knows, 0.03)),
    }
    log = typed(clients[name])
    assert (log.keys, log.stale) == (len(HOLE.keys), 0)
    assert len(log.right_ms) > log.keys // 2
    assert log.known > log.keys // 2, "typed through"
    assert log.saved > 0
    assert log.generated >= log.shown_tokens > 0


def test_llama_vim_asks_once_at_a_time_and_breaks_nothing_off() -> None:
    server = ScriptedServer(lambda prompt: "wrong()", 0.5)
    log = typed(LlamaVim(server))
    times = [at for at, _, _ in server.asked]
    assert all(later - at >= 0.5 for at, later in itertools.pairwise(times))
    assert log.generated == len("wrong()") * len(times)
    assert log.right_ms == {}


def test_llama_vim_has_two_speeds_and_prepares_what_follows() -> None:
    server = ScriptedServer(knows, 0.01)
    typed(LlamaVim(server))
    budgets = [options["t_max_predict_ms"] for _, _, options in server.asked]
    assert budgets[:2] == [FIRST_MS, FOLLOWING_MS]
    assert server.asked[1][1] == BEFORE + LINE.rstrip("\n")


@pytest.mark.parametrize(
    ("text", "before", "behind", "shown"),
    [
        ("x = 1\n\n", "    ", "\n", "x = 1"),
        ("    x = 1", "    ", "\n", "x = 1"),
        (")", "f(", ")\n", ""),
        (" = 1", "x", "\nx = 1\ny = 2\n", ""),
        (" = 1\ny = 2", "x", "\nx = 1\ny = 2\n", ""),
        (" = 1\nz = 3", "x", "\nx = 1\ny = 2\n", " = 1\nz = 3"),
        ("\na\nb", "x", "\na\nb\n", ""),
        (" = 2", "x", "\n\nx = 1\n", " = 2"),
    ],
)
def test_llama_vim_drops_what_is_there_already(text: str, before: str, behind: str, shown: str) -> None:
    assert rendered(text, before, behind) == shown


def test_the_tables_say_what_is_met_and_what_is_missed() -> None:
    options = argparse.Namespace(model="m", threads=2, rounds=1, prompt=8, written=4, places=1, keys=2)
    rates = [Rates("ours", 100, [10.0], [20.0], [40.0]), Rates("other", 50, [5.0], [25.0], [25.0])]
    logs = [
        Log("ours", 10, {(0, 0): 10.0, (0, 1): 30.0}, known=8, known_right=6, known_empty=[(0, 2), (0, 1)]),
        Log("other", 10, {(0, 0): 40.0}, stale=1),
    ]
    console = Console(width=160, record=True, quiet=False, file=None)
    with console.capture() as told:
        console.print(speed_table(rates, 4e3, options))
        console.print(replay_table(logs, "one place"))
    assert "50%" in told.get()
    assert "10 / 10" in told.get()
    assert [line.split(":")[0] for line in goals(rates, logs)] == ["missed", "met", "met", "met", "met", "met"]
    assert next(line.split(":")[0] for line in goals([], [logs[0], Log("empty")])) == "not measured"
    assert percentiles([]) == "-"


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (17, 80, 0.1371, 0.3143), (0, 0, 0.0, 1.0)],
)
def test_a_share_has_wilsons_interval(part: int, whole: int, low: float, high: float) -> None:
    assert wilson(part, whole) == pytest.approx((low, high), abs=5e-4)


def test_a_program_that_fails_writes_files_or_takes_much_memory_does_not_pass() -> None:
    assert passes("assert 1 + 1 == 2")
    assert not passes("assert 1 + 1 == 3")
    assert not passes("with open('written', 'w') as file:\n    file.write('x')")
    assert not passes("x = bytearray(1 << 31)")


def test_memory_is_read_and_an_edited_text_repeats_itself() -> None:
    assert bandwidth(2, 4) > 1e6
    head = editing(3).rstrip("\n").rsplit("\n", 1)[1]
    assert head.replace("options_3", "settings") in editing(3)


@pytest.mark.parametrize(("kind", "worst"), [("Q8_0", 0.02), ("Q4_0", 0.3)])
def test_weights_are_exported_in_another_quantization(tmp_path: Path, kind: str, worst: float) -> None:
    rows = numpy.random.default_rng(1).standard_normal((8, 64), numpy.float32)
    source = tmp_path / "source.gguf"
    writer = gguf.GGUFWriter(source, "llama")
    writer.add_context_length(64)
    writer.add_token_list(["a", "b"])
    writer.add_tensor("token_embd.weight", rows)
    writer.add_tensor("blk.0.ffn_up.weight", rows)
    writer.add_tensor("output_norm.weight", rows[0])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    size = export(source, tmp_path / "out" / "target.gguf", kind)
    read = gguf.GGUFReader(tmp_path / "out" / "target.gguf")
    found = {tensor.name: tensor for tensor in read.tensors}
    assert [one.tensor_type.name for one in found.values()] == ["Q8_0", kind, "F32"]
    assert read.fields["tokenizer.ggml.tokens"].contents() == ["a", "b"]
    up = found["blk.0.ffn_up.weight"]
    assert numpy.abs(gguf.quants.dequantize(up.data, up.tensor_type) - rows).max() < worst
    assert size == sum(one.n_bytes for one in read.tensors) < rows.nbytes * 2
