"""What is no name: operators, keywords in their place, parts of literals, and what strings and comments mention."""
