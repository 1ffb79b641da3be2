"""Lists and published reads: filters, sorts, cursors, expansion."""
