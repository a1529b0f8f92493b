"""Glossator's completions beside llama.cpp's: the same weights, machine, threads and keys; `python -m` runs it."""
