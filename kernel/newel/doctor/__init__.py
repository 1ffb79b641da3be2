"""Looks a site over: what the kernel can see of it, then the checks of its plugins; each with what to do."""
