"""What plugins in Lua can call, described once: the definitions for editors and the reference page are made from it.

A file of this folder is a module. ``functions`` that differ only in their name stand in one, with a list of names.
"""
