"""Adapters on a loaded base: several at once, of different types, each request with its own."""
