"""Every hook we ship, one file a subject. The docstrings are the manual; ``docs/extend/reference`` is made from them."""

from newel.hooks import content, http, lifecycle, operations

HOOK_MODULES = (lifecycle, operations, content, http)
