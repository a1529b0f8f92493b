"""The README's examples run, and what the library exports is what it says."""

import re
from pathlib import Path

import pytest

import glossator_cache
from tests.house.tree import ROOT

SAID = """\
{'text': '…'} from 0 seconds ago
This is not remembered, and offline nobody is asked.
PEFT adapts large models by training few of their weights. (0 seconds old)
PEFT adapts large models by training few of their weights. (0 seconds old)
PEFT adapts large models by training few of their weights. (0 seconds old)
Imported(added=1, left=0)
{'searches-v1': Stats(entries=1, bytes=0, hits=0, misses=0, stale=0, oldest=0)}
"""


def test_the_examples_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "cache/README.md").read_text("utf-8")
    examples = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(examples) == 3
    exec(compile("\n".join(examples), "cache/README.md", "exec"), {"folder": tmp_path})
    said = capsys.readouterr().out
    said = re.sub(r"from [\d.e-]+ seconds", "from 0 seconds", said)
    said = re.sub(r"oldest=[\d.e-]+", "oldest=0", re.sub(r"bytes=\d+", "bytes=0", said))
    assert said == SAID


def test_everything_public_is_exported_in_order() -> None:
    assert glossator_cache.__all__ == sorted(glossator_cache.__all__)
    public = {
        name
        for name, value in vars(glossator_cache).items()
        if not name.startswith("_") and getattr(value, "__module__", "").startswith("glossator_cache")
    }
    assert public <= {*glossator_cache.__all__}
