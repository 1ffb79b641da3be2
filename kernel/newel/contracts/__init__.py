"""The promises plugins make to each other. One file a contract; the obligations stand in the docstrings."""
