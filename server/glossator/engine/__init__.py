"""The model's own process: the only package that imports torch. Reached over HTTP, never imported."""
