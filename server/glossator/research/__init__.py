"""Query to evidence: the port ``Source`` and the sources behind it."""
