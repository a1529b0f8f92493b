"""Position to suggestion, without LSP."""
