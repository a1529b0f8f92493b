"""Pulling models, and the clients of the model port."""
