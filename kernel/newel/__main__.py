"""``python -m newel`` and the ``newel`` command."""

from __future__ import annotations

from newel.cli import main

if __name__ == "__main__":
    main()
