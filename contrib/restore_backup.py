"""Restores a snapshot without Newel: rows into a SQLite file, files into a folder.

    python restore_backup.py REPOSITORY TARGET [--snapshot ID] [--key-file FILE | --passphrase-file FILE]

REPOSITORY is a folder (fetch a bucket first); without an ID it is the newest snapshot. Needs Python 3.9 and zstandard,
for an encrypted one cryptography as well. What it reads is described in docs/design/backup-format.md.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sqlite3
from contextlib import suppress
from pathlib import Path

import zstandard


def cipher(folder, repository, key_file, passphrase_file):
    """What opens the objects of an encrypted repository."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    def derived(secret, salt, info):
        return HKDF(SHA256(), 32, salt, b"newel-backup " + info).derive(secret)

    for file in folder.iterdir():
        found = json.loads(file.read_bytes())
        kdf, sealed = found["kdf"], base64.b64decode(found["wrapped"])
        salt = base64.b64decode(kdf["salt"])
        if kdf["name"] == "file" and key_file:
            text = Path(key_file).read_text().strip().rpartition(":")[2]
            wrapping = derived(base64.b64decode(text), salt, b"wrap")
        elif kdf["name"] == "scrypt" and passphrase_file:
            if 128 * kdf["n"] * kdf["r"] * kdf["p"] > 1 << 30:
                continue
            phrase = Path(passphrase_file).read_text().splitlines()[0].encode()
            cost = {"n": kdf["n"], "r": kdf["r"], "p": kdf["p"], "maxmem": 1 << 30}
            wrapping = hashlib.scrypt(phrase, salt=salt, dklen=32, **cost)
        else:
            continue
        with suppress(InvalidTag):
            master = AESGCM(wrapping).decrypt(sealed[:12], sealed[12:], repository)
            return AESGCM(derived(master, repository, b"seal"))
    raise SystemExit("no key in the repository opens with that")


class Repository:
    def __init__(self, folder, key_file, passphrase_file):
        self.folder = folder
        config = json.loads((folder / "config").read_bytes())["config"]
        self.id = config["id"].encode()
        if not config["encrypted"] and (key_file or passphrase_file):
            raise SystemExit("the repository is not encrypted, so it is not the one of that key")
        self.cipher = cipher(folder / "keys", self.id, key_file, passphrase_file) if config["encrypted"] else None

    def object(self, name):
        data = (self.folder / name).read_bytes()
        bound = data[:6] + self.id + b"\0" + name.encode() + b"\0"
        if self.cipher:
            body = self.cipher.decrypt(data[6:18], data[18:], bound)
        else:
            body = data[22:]
            if hashlib.sha256(bound + body).digest()[:16] != data[6:22]:
                raise SystemExit(f"{name} is damaged")
        if data[4] and zstandard.frame_content_size(body) > 16 << 20:
            raise SystemExit(f"{name} is larger than an object may be")
        return zstandard.ZstdDecompressor().decompress(body, max_output_size=16 << 20) if data[4] else body

    def chunk(self, id):
        return self.object(f"chunks/{id[:2]}/{id}")

    def rows(self, stream):
        held, found = b"", hashlib.sha256()
        for line in b"".join(map(self.chunk, stream["lists"])).splitlines():
            piece = self.chunk(line.split()[0].decode())
            found.update(piece)
            *lines, held = (held + piece).split(b"\n")
            yield from map(json.loads, lines)
        if found.hexdigest() != stream["sha256"]:
            raise SystemExit("a table is not as it was")


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def plain(value):
    if isinstance(value, dict):
        return base64.b64decode(value["b"]) if "b" in value else float(value["f"])
    return value


def main():
    ask = argparse.ArgumentParser()
    for name in ("repository", "target", "--snapshot", "--key-file", "--passphrase-file"):
        ask.add_argument(name)
    given = ask.parse_args()
    repository = Repository(Path(given.repository), given.key_file, given.passphrase_file)
    wanted = (given.snapshot or "").lower()
    names = sorted(one.name for one in (repository.folder / "snapshots").iterdir() if one.name.startswith(wanted))
    manifest = json.loads(repository.object(f"snapshots/{names[-1]}"))
    target = Path(given.target)
    target.mkdir(parents=True)
    database = sqlite3.connect(target / "newel.db")
    for name, table in manifest["tables"].items():
        columns = ", ".join(map(quoted, table["columns"]))
        database.execute(f"CREATE TABLE {quoted(name)} ({columns})")
        insert = f"INSERT INTO {quoted(name)} VALUES ({', '.join('?' * len(table['columns']))})"  # noqa: S608 - just made
        database.executemany(insert, ([plain(one) for one in row] for row in repository.rows(table["stream"])))
    database.commit()
    database.close()
    for key, _, sha256, _, pieces in repository.rows(manifest["files"]["stream"]):
        file = target / "files" / key
        if ".." in Path(key).parts or target / "files" not in file.parents:
            raise SystemExit(f"{key} is no key of a file")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"".join(map(repository.chunk, pieces)))
        if hashlib.sha256(file.read_bytes()).hexdigest() != sha256:
            raise SystemExit(f"{key} is not as it was")
    print(f"{manifest['id']} of {manifest['at']}: {len(manifest['tables'])} tables, {manifest['files']['count']} files")


if __name__ == "__main__":
    main()
