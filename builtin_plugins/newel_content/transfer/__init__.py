"""Content out of a site and into one: NDJSON, an entry a line."""
