"""Prompt to text: the port ``Model`` and what stands behind it."""
