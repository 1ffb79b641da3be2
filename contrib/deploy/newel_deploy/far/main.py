"""The far end of ``deploy``: takes an order and files from standard input, and does it."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, BinaryIO

from newel_deploy.far import looking
from newel_deploy.far.deploying import Deploying
from newel_deploy.far.errors import FAILED, MISSING, Stop
from newel_deploy.far.health import Health
from newel_deploy.far.install import Installer, receive
from newel_deploy.far.place import Place
from newel_deploy.far.said import Said
from newel_deploy.far.service import service

LARGEST = 1 << 20


def main(stream: BinaryIO | None = None) -> int:
    """Answers the exit code. Once begun it does not depend on whether the other end is still there."""
    for number in (signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    os.umask(0o027)
    stream = stream or sys.stdin.buffer
    order: dict[str, Any] = json.loads(stream.readline(LARGEST))
    place = Place(Path(order["path"]), Path(order["site"]) if order.get("site") else None)
    changes = order["verb"] in ("deploy", "rollback", "prune")
    said = Said(place.logs / "deploy.log" if changes else None)
    try:
        return Far(place, said, order).run(stream)
    except Stop as stop:
        said(f"deploy: {stop}")
        return stop.code
    except OSError as error:
        said(f"deploy: {error}")
        return FAILED


class Far:
    """What an order means here."""

    def __init__(self, place: Place, said: Said, order: dict[str, Any]) -> None:
        self._place, self._said, self._order = place, said, order
        self._service = service(place, order)
        self._health = Health(order["health"], int(order["attempts"]), float(order["every"]), said)

    def run(self, stream: BinaryIO) -> int:
        verb, lines = self._order["verb"], int(self._order.get("lines") or 50)
        if verb in ("deploy", "rollback", "prune"):
            with self._place.locked():
                self._change(verb, stream)
            return 0
        if verb == "health":
            fault = self._health.fault()
            self._said(fault or "ready")
            return FAILED if fault else 0
        if verb == "logs":
            self._said(self._service.logs(lines).rstrip("\n"))
            return 0
        told = {
            "status": lambda: looking.status(self._place, self._service, self._health),
            "history": lambda: looking.history(self._place, lines),
            "plan": lambda: looking.plan(self._place, self._service, self._order),
        }[verb]()
        for line in told:
            self._said(line)
        return 0

    def _change(self, verb: str, stream: BinaryIO) -> None:
        deploying = Deploying(self._place, self._said, self._service, self._health, self._order)
        deploying.recover()
        if verb == "prune":
            if not deploying.prune(int(self._order["keep"])):
                self._said("nothing to remove")
        elif verb == "rollback":
            deploying.go_back(self._order.get("release") or self._former(), restore=bool(self._order.get("restore")))
        else:
            release, files = self._order["release"], self._order["files"]

            def install() -> None:
                receive(stream, files, self._place.folder(release))
                Installer(self._place, self._said, self._order).install(release, files)

            deploying.deploy(release, install)

    def _former(self) -> str:
        present = self._place.current()
        former = self._place.record(present).get("replaced") if present else None
        if not former:
            raise Stop("there is no release before the present one", MISSING)
        return str(former)
