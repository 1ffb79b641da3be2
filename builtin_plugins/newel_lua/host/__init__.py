"""Workers and the plugins in them, as the server sees them."""
