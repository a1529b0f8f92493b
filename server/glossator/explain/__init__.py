"""Position to explanation, without LSP."""
