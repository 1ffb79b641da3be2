"""What the executable runs: the command ``newel``, or as ``newel -m MODULE ...`` a worker process of it."""

from __future__ import annotations

import os
import runpy
import sys


def main() -> None:
    # The loader has read it; programs that are started from here (ffmpeg, an editor) must find their own libraries.
    original = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
    os.environ.pop("LD_LIBRARY_PATH", None)
    if original is not None:
        os.environ["LD_LIBRARY_PATH"] = original
    if len(sys.argv) > 2 and sys.argv[1] == "-m":
        module = sys.argv[2]
        del sys.argv[1:3]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        return
    from newel.cli import main as newel

    newel()


if __name__ == "__main__":
    main()
