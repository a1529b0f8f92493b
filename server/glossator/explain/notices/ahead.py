"""Notices of a text beside everything else: looked for once, whoever asks, in a thread of low importance to a hover."""

from __future__ import annotations

import asyncio
from collections import deque

from glossator.explain.explanation import Notice
from glossator.explain.notices import find_notices
from glossator.syntax.tree import Tree

Looking = asyncio.Future[tuple[Notice, ...]]
_running: dict[tuple[asyncio.AbstractEventLoop, Tree], Looking] = {}
_done: deque[tuple[Tree, tuple[Notice, ...]]] = deque(maxlen=8)


def look(tree: Tree) -> Looking:
    """The search for a tree's notices: done, if it was lately, or the one that runs, or else a new one. Shield it from
    cancellation."""
    loop = asyncio.get_running_loop()
    found = next((notices for one, notices in _done if one is tree), None)
    if found is not None:
        known: Looking = loop.create_future()
        known.set_result(found)
        return known
    key = (loop, tree)
    if key not in _running:
        _running[key] = loop.create_task(asyncio.to_thread(find_notices, tree))
        _running[key].add_done_callback(lambda task: _keep(key, task))
    return _running[key]


def is_looked_for(tree: Tree) -> bool:
    """Whether somebody looks, or has lately."""
    return (asyncio.get_running_loop(), tree) in _running or any(one is tree for one, _ in _done)


def _keep(key: tuple[asyncio.AbstractEventLoop, Tree], task: Looking) -> None:
    del _running[key]
    if not task.cancelled() and task.exception() is None:
        _done.append((key[1], task.result()))
