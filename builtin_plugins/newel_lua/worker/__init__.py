"""A process that runs plugins and nothing else."""
