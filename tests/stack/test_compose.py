"""docker/compose.yaml, as the compose program itself understands it: whole, hardened and pinned in each profile."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from tests.tools import ROOT, run, tool

DOCKER = ROOT / "docker"
FILE = DOCKER / "compose.yaml"
PROFILES = {
    "sqlite": {"site"},
    "postgres": {"site-postgres", "postgres"},
    "mysql": {"site-mysql", "mariadb"},
    "s3": {"site-s3", "s3"},
    "full": {"site-full", "postgres", "s3"},
    "prod": {"node", "caddy", "postgres", "s3"},
    "observability": {"prometheus", "grafana"},
}
STATEFUL = {"postgres", "mariadb", "s3"}
PINNED = re.compile(r"[a-z0-9./-]+:[\w.-]+@sha256:[0-9a-f]{64}")
RIGHTS = {"caddy": ["NET_BIND_SERVICE"], "s3": ["CHOWN", "SETUID", "SETGID"]}
"""What a service may beyond nothing; compose.yaml says why."""
ROOTS = {"caddy", "s3"}
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|DATABASE__URL")


@lru_cache
def configured(profile: str) -> dict[str, Any]:
    program = tool("docker-compose")
    ended = run(
        program, "--env-file", DOCKER / ".env.example", "-f", FILE, "--profile", profile, "config",
        "--no-env-resolution", "--format", "json",
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    made: dict[str, Any] = json.loads(ended.stdout)
    return made


def services(profile: str) -> list[tuple[str, dict[str, Any]]]:
    return sorted(configured(profile)["services"].items())


every_profile = pytest.mark.parametrize("profile", PROFILES)


def test_the_file_follows_the_schema_of_compose_files() -> None:
    ended = run(tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", FILE)
    assert ended.returncode == 0, ended.stdout


def test_without_setup_one_line_says_what_to_do() -> None:
    ended = run(tool("docker-compose"), "--env-file", "/dev/null", "-f", FILE, "--profile", "sqlite", "config")
    assert ended.returncode != 0
    assert "run sh setup.sh first" in ended.stderr


@every_profile
def test_a_profile_starts_its_services_and_they_wait_for_each_other_s_health(profile: str) -> None:
    there = dict(services(profile))
    assert set(there) == PROFILES[profile]
    for name, service in there.items():
        for other, how in (service.get("depends_on") or {}).items():
            assert other in there, f"{name} needs {other}, which {profile} does not start"
            assert how["condition"] == "service_healthy"


def test_the_example_settings_start_sqlite() -> None:
    assert "\nCOMPOSE_PROFILES=sqlite\n" in (DOCKER / ".env.example").read_text()


@every_profile
def test_every_service_is_hardened_watched_and_limited(profile: str) -> None:
    for name, service in services(profile):
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service.get("cap_add", []) == RIGHTS.get(name, []), name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not service.get("privileged"), name
        assert (name in ROOTS) != bool(service.get("user")), name
        assert service["healthcheck"]["test"], name
        assert service["restart"] == "unless-stopped", name
        assert set(service["logging"]["options"]) == {"max-size", "max-file"}, name
        assert {"cpus", "memory", "pids"} <= set(service["deploy"]["resources"]["limits"]), name
        assert service["tmpfs"], name


@every_profile
def test_images_are_pinned_by_digest_but_for_our_own(profile: str) -> None:
    for name, service in services(profile):
        if "build" in service:
            assert (ROOT / "docker").samefile(Path(service["build"]["context"]) / "docker")
        else:
            assert PINNED.fullmatch(service["image"]), name


@every_profile
def test_what_is_mounted_is_a_named_volume_or_in_the_repository_and_read_only(profile: str) -> None:
    for name, service in services(profile):
        for mount in service["volumes"]:
            if mount["type"] == "volume":
                assert mount["source"].startswith("newel-"), name
            else:
                assert Path(mount["source"]).exists(), f"{name} mounts {mount['source']}, which is not there"
                assert mount["read_only"] is True, name
        for volume in configured(profile).get("volumes", {}).values():
            assert volume["name"].startswith("newel-")


@every_profile
def test_no_secret_stands_in_an_environment(profile: str) -> None:
    for name, service in services(profile):
        for key, value in (service.get("environment") or {}).items():
            if SECRET.search(key) and key != "MARIADB_RANDOM_ROOT_PASSWORD":
                assert key.endswith("_FILE"), f"{name}: {key}"
                secret = value.removeprefix("/run/secrets/")
                assert secret in {one["source"] for one in service["secrets"]}, f"{name}: {key}"


@every_profile
def test_databases_and_the_store_are_out_of_reach_for_the_proxy_and_the_world(profile: str) -> None:
    networks = configured(profile)["networks"]
    for name, service in services(profile):
        if name in STATEFUL:
            assert set(service["networks"]) == {"data"}, name
            assert networks["data"]["internal"] is True
            assert not service.get("ports"), name
        elif name == "caddy":
            assert set(service["networks"]) == {"edge"}


@lru_cache
def known() -> set[str]:
    """Every setting of the plugins that ship, as a variable of the environment; a test keeps that page true."""
    page = (ROOT / "docs/extend/reference/config.md").read_text()
    return set(re.findall(r"`(NEWEL__\w+)`", page))


@every_profile
def test_settings_are_settings_of_newel(profile: str) -> None:
    for name, service in services(profile):
        named = {key.removesuffix("_FILE") for key in service.get("environment") or {} if key.startswith("NEWEL__")}
        assert named <= known(), name
    example = re.findall(r"^#? ?(NEWEL__\w+)=", (DOCKER / ".env.example").read_text(), re.MULTILINE)
    assert example
    assert set(example) <= known()


def test_two_stacks_on_one_machine_share_nothing() -> None:
    ended = run(
        tool("docker-compose"), "--env-file", DOCKER / ".env.example", "-f", FILE, "--profile", "*", "config",
        "--no-env-resolution", "--format", "json", NEWEL_STACK="other", NEWEL_SUBNET="172.30.99.0/24",
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    made = json.loads(ended.stdout)
    assert made["name"] == "other"
    for kind in ("volumes", "networks"):
        assert all(one["name"].startswith("other-") for one in made[kind].values())
    node, caddy = made["services"]["node"], made["services"]["caddy"]
    assert node["environment"]["NEWEL__HTTP__TRUSTED_PROXIES"] == "172.30.99.0/24"
    assert caddy["environment"]["NEWEL_UPSTREAMS"] == "other-node-1:8420"


def test_where_a_restore_put_the_files_can_be_named(tmp_path: Path) -> None:
    """In .env: what compose.yaml sets by itself would go before it otherwise."""
    settings = tmp_path / ".env"
    settings.write_text("NEWEL_IMAGE=newel:local\nNEWEL__BLOBS__URL=s3://newel/site-01m8\n")
    ended = run(
        tool("docker-compose"), "--env-file", settings, "-f", FILE, "--profile", "full", "config",
        "--no-env-resolution", "--format", "json",
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    environment = json.loads(ended.stdout)["services"]["site-full"]["environment"]
    assert environment["NEWEL__BLOBS__URL"] == "s3://newel/site-01m8"
