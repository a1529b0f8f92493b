"""Completions: deciding, filtering, remembering."""
