"""What installed distributions say about themselves, to be searched: one SQLite file for each version of each."""
