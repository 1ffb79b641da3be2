"""Takes a snapshot of the site into a repository."""
