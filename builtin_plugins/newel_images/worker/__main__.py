"""``python -m newel_images.worker MEMORY FILE CPU NICE``: a worker. Orders come on standard input, answers go out."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from newel import confine
from newel_images import wire
from newel_images.worker.faults import Refused

Verb = Callable[[Mapping[str, Any]], Any]


def main() -> None:
    memory, file, cpu, nice = map(int, sys.argv[1:5])
    os.nice(nice)
    network = confine.without_network(confine.Limits(memory=memory, file=file, cpu=cpu))
    orders, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # What a library prints must not end up among the answers.
    os.dup2(2, 1)
    try:
        verbs = _verbs()
    except ImportError as error:
        wire.send(answers, {"broken": f"the imaging library cannot be loaded: {error}"})
        return
    wire.send(answers, {"ready": True, "network": network})
    while (order := wire.receive(orders)) is not None:
        wire.send(answers, {"taken": True})
        confine.allow_cpu(order["cpu_seconds"])
        answer = _done(verbs[order["verb"]], order)
        wire.send(answers, answer)
        if answer.get("worn"):
            return


def _done(verb: Verb, order: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {"ok": verb(order)}
    except Refused as error:
        return {"bad": str(error)}
    except MemoryError:
        # Its memory may be in shreds: the next order goes to a fresh process.
        return {"bad": "the image needs more memory than it may have", "worn": True}
    except Exception as error:  # noqa: BLE001 - decoders raise anything on broken files; the trace goes to the log
        traceback.print_exc()
        return {"bad": _said(error)}


def _said(error: Exception) -> str:
    """For the caller, whom no path concerns."""
    if type(error).__name__ in ("DecompressionBombError", "DecompressionBombWarning"):
        return "the image has more pixels than it may have"
    if isinstance(error, OSError) and error.filename is not None:
        return f"the file cannot be used: {error.strerror}"
    text = str(error)
    if "identify" in text or "/" in text or not text:
        return "the image is broken: its decoder does not know it"
    return f"the image is broken: {text[:200]}"


def _verbs() -> dict[str, Verb]:
    # Imported only here, under the limits.
    from newel.contracts.images import Focal, Rendition
    from newel_images.worker.facts import facts
    from newel_images.worker.place import without_place
    from newel_images.worker.posters import poster
    from newel_images.worker.reading import Bounds
    from newel_images.worker.rendering import pixels, render
    from newel_images.worker.svg import sanitised

    def bounds(order: Mapping[str, Any]) -> Bounds:
        return Bounds(**order["bounds"])

    def renditions(order: Mapping[str, Any]) -> Any:
        wanted = [
            (Rendition(**{**one, "focal": Focal(**one["focal"])}), Path(target)) for one, target in order["wanted"]
        ]
        return render(Path(order["path"]), order["mime"], wanted, bounds(order))

    return {
        "facts": lambda order: facts(Path(order["path"]), order["mime"], bounds(order)),
        "render": renditions,
        "pixels": lambda order: pixels(
            Path(order["path"]), order["mime"], order["width"], order["height"], bounds(order)
        ),
        "without_place": lambda order: without_place(Path(order["path"]), order["mime"], Path(order["target"])),
        "sanitised_svg": lambda order: sanitised(Path(order["path"]), Path(order["target"])),
        "poster": lambda order: poster(
            Path(order["path"]), order["mime"], Path(order["target"]), order["tool"], bounds(order)
        ),
        "hello": lambda order: True,
    }


if __name__ == "__main__":
    main()
