"""What runs on the server: Python's standard library only, since nothing of ours is there yet."""
