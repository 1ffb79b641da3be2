"""The modules that plugins use, on the server's side."""
