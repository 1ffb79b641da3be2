"""Which snapshots are kept, and taking the others away."""
