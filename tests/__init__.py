"""Everything that `make test` runs; ``bench`` is run by `make bench`."""
