"""Real editors and clients that we did not write, each against the real server."""
