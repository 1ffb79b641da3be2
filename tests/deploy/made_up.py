"""Wheels of a made-up Newel: one file, which does in milliseconds what a deployment asks the real one for."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

PROGRAM = """
import json, os, sys
from pathlib import Path
VERSION, SCHEMA, FAULT = {version!r}, {schema}, {fault!r}

def main():
    site, verb, rest = Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "", sys.argv[4:]
    if verb == "--help":
        print("Commands:\\n  doctor  look")
    elif verb == "init":
        site.mkdir(exist_ok=True)
        (site / "newel.toml").touch()
        write(site, dict(schema=SCHEMA, rows=[]))
    else:
        sys.exit(act(site, verb, rest))

def read(site):
    return json.loads((site / "db.json").read_text())

def write(site, db):
    (site / ".db").write_text(json.dumps(db))
    (site / ".db").replace(site / "db.json")

def act(site, verb, rest):
    with (site / "calls.log").open("a") as log:
        print(VERSION, verb, *rest, file=log)
    if FAULT == verb or (verb == "backup" and (site / "full").exists()):
        print("newel: made to fail at", verb, file=sys.stderr)
        return 1
    if FAULT == " ".join(["hang", verb, *rest[:1]]):
        (site / "hanging").write_text(str(os.getpid()))
        sys.stdin.close()
        import signal
        signal.pause()
    db = read(site)
    if verb == "migrate" and rest[0] == "status":
        return 3 if db["schema"] < SCHEMA else 0
    if verb in ("migrate", "serve") and db["schema"] > SCHEMA:
        print("newel: the tables are newer than the code", file=sys.stderr)
        return 1
    if verb == "migrate":
        write(site, dict(db, schema=SCHEMA))
    elif verb == "backup" and rest[0] == "run":
        number = len(list(site.glob("backup-*")))
        (site / f"backup-{{number}}").write_text(json.dumps(db))
        print(json.dumps(dict(id=str(number))))
    elif verb == "backup":
        write(site, json.loads((site / f"backup-{{rest[1]}}").read_text()))
    elif verb == "serve":
        serve(site, db)
    return 0

def serve(site, db):
    import http.server
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            bodies = {{
                "/readyz": dict(status="starting" if FAULT == "unready" else "ready", degraded=[]),
                "/api/v1/openapi.json": dict(info=dict(version="9.9" if FAULT == "other-version" else VERSION)),
                "/rows": read(site)["rows"],
            }}
            body = json.dumps(bodies[self.path]).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)
        def log_message(self, *said):
            pass
    http.server.HTTPServer.allow_reuse_address = True
    http.server.HTTPServer(("127.0.0.1", int((site / "port").read_text())), Handler).serve_forever()
"""


def wheel(folder: Path, version: str, *, schema: int = 1, fault: str = "") -> Path:
    """A wheel of that version. ``schema``: of its tables. ``fault``: the command that fails, ``hang COMMAND``, or
    ``unready`` and ``other-version``."""
    info = f"newel-{version}.dist-info"
    files = {
        "newel.py": PROGRAM.format(version=version, schema=schema, fault=fault),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: newel\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\nnewel = newel:main\n",
    }
    record = "".join(f"{name},sha256={_hash(text)},{len(text.encode())}\n" for name, text in files.items())
    path = folder / f"newel-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**files, f"{info}/RECORD": record + f"{info}/RECORD,,\n"}.items():
            archive.writestr(name, text)
    return path


def _hash(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
