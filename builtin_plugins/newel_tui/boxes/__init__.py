"""What shows a view: one box for each kind."""
