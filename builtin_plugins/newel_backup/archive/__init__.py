"""A site as one standard ZIP: written as a stream, and brought back as a snapshot."""
