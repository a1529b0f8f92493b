"""Measurements, side by side in one run: `make bench`. No targets are asserted here; figures are for reading."""
