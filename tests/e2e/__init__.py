"""The real server process over stdio."""
