"""Commands apart from how they are run: the same ones at the machine's command line and through a door such as SSH.

A command is parsed to something ``Planned``; whoever parsed it runs it with a ``Console``, which knows the application,
the caller, and where text comes from and goes to. Nothing here prints or reads by itself.
"""

from __future__ import annotations
