"""Sources of evidence, each against what it would really meet: a server, a folder, an installed package."""
