"""Notices of a text beside everything else: looked for once, whoever asks, in a thread of low importance to a hover."""

from __future__ import annotations

import asyncio
from collections import deque

from glossator.explain.explanation import Notice
from glossator.explain.notices import find_notices
from glossator.syntax.tree import Tree

Looking = asyncio.Task[tuple[Notice, ...]]
_running: dict[tuple[asyncio.AbstractEventLoop, Tree], Looking] = {}
_done: deque[Tree] = deque(maxlen=8)  # as many as ``find_notices`` remembers


def look(tree: Tree) -> Looking:
    """The search for a tree's notices: the one that runs already, or else a new one. Shield it from cancellation."""
    key = (asyncio.get_running_loop(), tree)
    if key not in _running:
        _running[key] = asyncio.create_task(asyncio.to_thread(find_notices, tree))
        _running[key].add_done_callback(lambda _: _running.pop(key))
        _running[key].add_done_callback(lambda _: _done.append(tree))
    return _running[key]


def is_looked_for(tree: Tree) -> bool:
    """Whether somebody looks, or has lately."""
    return (asyncio.get_running_loop(), tree) in _running or any(one is tree for one in _done)
