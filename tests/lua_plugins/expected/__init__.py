"""What somebody at the HTTP doors of a site sees of the plugins in ``strangers``, from the Go system's documentation."""
