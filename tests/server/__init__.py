"""Mirrors server/glossator."""
