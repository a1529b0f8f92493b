"""The rules of the house: what a reviewer would otherwise have to remember."""
