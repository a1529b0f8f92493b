"""What the model gets to see of other files: small sources behind one port, and who joins what they find."""
