"""What can be granted, and to whom it is from the start."""

from __future__ import annotations

from newel import Permission

READ = Permission("sketch.read", "Read notes", ("viewer", "editor"))
WRITE = Permission("sketch.write", "Write notes", ("editor",))
