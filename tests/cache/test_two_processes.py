"""Two editor windows at once: nothing is lost, nothing is torn, nobody fails."""

import subprocess
import sys
from pathlib import Path

from glossator_cache import Cache

WORKER = """
import sys
from glossator_cache import Cache

directory, own = sys.argv[1:]
cache = Cache(directory)
shared, private = cache.bucket("shared", 1), cache.bucket("private", 1)
torn = lost = 0
for number in range(150):
    shared.put(number % 7, {"writer": own, "text": own * 2000, "number": number})
    entry = shared.get((number + 3) % 7)
    torn += entry is not None and entry.value["text"] != entry.value["writer"] * 2000
    lost += not private.put([own, number], number)
    if number % 40 == 0:
        shared.clear()
        private.expire()
cache.close()
print(torn, lost)
"""


def test_two_processes_at_once(tmp_path: Path) -> None:
    """Starting together, too: both make the database."""
    command = [sys.executable, "-W", "error", "-c", WORKER, str(tmp_path)]
    workers = [
        subprocess.Popen([*command, own], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for own in "ab"
    ]
    answers = [worker.communicate(timeout=120) for worker in workers]
    assert answers == [("0 0\n", ""), ("0 0\n", "")]
    cache = Cache(tmp_path)
    private = cache.bucket("private", 1)
    missing = [(own, n) for own in "ab" for n in range(150) if private.get([own, n]) is None]
    cache.close()
    assert missing == []
