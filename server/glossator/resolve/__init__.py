"""Where a name is defined, and what its definition says: without running any of it."""
