"""Glossator: hover explanations that cite their sources, and inline completions, from your own machine.

Reading order: ``text`` (positions and snapshots), ``settings``, ``errors``; then the two pipelines,
``explain.pipeline`` and ``complete.pipeline``; then ``assemble``, where the parts meet, and ``lsp`` and ``cli``,
the two ways in. This file imports nothing, so that every process may import it for free.
"""

__version__ = "0.1.0"
