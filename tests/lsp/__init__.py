"""The parts of ``glossator.lsp`` that need no process."""
