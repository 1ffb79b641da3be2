"""Documents, without the database: wire values in, stored values and rows out, and back. All of it is plain code."""
