"""docker/setup.sh makes what compose.yaml reads and no repository may hold."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.clients import Postgres
from tests.engines import Servers
from tests.servers import POSTGRES_PLACES, program
from tests.tools import ROOT, run

DOCKER = ROOT / "docker"


def made(folder: Path) -> dict[str, str]:
    ended = run("sh", DOCKER / "setup.sh", NEWEL_STACK_DIR=str(folder))
    assert ended.returncode == 0, ended.stderr
    return {path.name: path.read_text() for path in (folder / "secrets").iterdir()}


def test_it_makes_every_secret_that_the_file_names(tmp_path: Path) -> None:
    declared = re.findall(r"/secrets/(\w+)' \}", (DOCKER / "compose.yaml").read_text())
    secrets = made(tmp_path)
    assert set(declared) == set(secrets)
    assert (tmp_path / ".env").read_text() == (DOCKER / ".env.example").read_text()
    random = [value for name, value in secrets.items() if not name.endswith(("_url", "_config"))]
    assert len(set(random)) == len(random)
    assert all(re.fullmatch(r"[0-9a-f]{48}", value) for value in random)
    assert secrets["postgres_newel_password"] in secrets["postgres_url"]
    key = json.loads(secrets["s3_config"])["identities"][0]["credentials"][0]
    assert key == {"accessKey": "newel", "secretKey": secrets["s3_secret_key"]}


def test_others_on_the_machine_cannot_read_them_and_containers_can(tmp_path: Path) -> None:
    made(tmp_path)
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "secrets").iterdir()} == {0o444}


def test_a_second_run_keeps_what_is_there(tmp_path: Path) -> None:
    before = made(tmp_path)
    (tmp_path / ".env").write_text("COMPOSE_PROFILES=prod\n")
    assert made(tmp_path) == before
    assert (tmp_path / ".env").read_text() == "COMPOSE_PROFILES=prod\n"


def test_a_database_that_a_restore_made_is_named_in_the_settings(tmp_path: Path) -> None:
    """Its URL has a password in it, so that only its name stands there."""
    before = made(tmp_path)
    (tmp_path / ".env").write_text("NEWEL_DATABASE=newel_01m8\n")
    after = made(tmp_path)
    for name in ("postgres_url", "mariadb_url"):
        assert after[name] == f"{before[name]}_01m8"


@pytest.mark.engines("postgres")
def test_the_database_is_newel_s_and_newel_is_no_superuser(tmp_path: Path, servers: Servers, engine: object) -> None:
    server = servers.databases("postgres").server
    password = tmp_path / "password"
    password.write_text("0123abcd")
    psql = program("psql", *POSTGRES_PLACES)
    maker = Postgres(server=server)
    try:
        ended = run(
            "sh", DOCKER / "postgres/make-newel.sh", PATH=f"{Path(psql).parent}:/usr/bin:/bin",
            PGHOST="127.0.0.1", PGPORT=str(server.port), NEWEL_PASSWORD_FILE=str(password),
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr
        assert maker.run("SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = 'newel';", "newel") == ["f|t"]
        locale = "SELECT datcollate || ' ' || datctype FROM pg_database WHERE datname = 'newel';"
        assert maker.run(locale, "newel") == ["C C.UTF-8"]
    finally:
        maker.drop("newel")
        maker.run("DROP ROLE IF EXISTS newel;")
        maker.close()
