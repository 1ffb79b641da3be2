"""The pictures of docs/use/terminal.md: what a real client sees of a running site, as text and as a recording."""
