"""A desk at a terminal: bytes in, bytes out."""
