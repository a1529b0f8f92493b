"""Real Neovim, driven as a user would."""
