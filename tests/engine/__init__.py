"""The engine: its parts, and its process over the socket."""
