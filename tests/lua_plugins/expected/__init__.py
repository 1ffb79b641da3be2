"""What somebody at a site's HTTP doors sees of the plugins in ``strangers``, by the Go system's documentation."""
