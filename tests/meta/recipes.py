"""What the tests do with each recipe. A recipe without a line here fails ``test_recipes.py``.

The recipes that are run share a site, in the order of this table; ``{site}`` and ``{tmp}`` are folders.
"""

from __future__ import annotations

import shutil

from attrs import frozen


@frozen
class Run:
    """It is run. ``says`` is in what it prints; ``dear``: only by ``./just recipes-try``, since it takes seconds."""

    arguments: tuple[str, ...] = ()
    says: str = ""
    dear: bool = False
    program: str = ""
    """It needs this program; where it is missing, only CI insists."""

    @property
    def possible(self) -> bool:
        return not self.program or shutil.which(self.program) is not None


@frozen
class Ci:
    """``.ci/run`` runs it, each time."""


@frozen
class Dry:
    """It is only parsed and printed, for this reason."""

    reason: str


def run(*arguments: str, says: str = "", program: str = "") -> Run:
    return Run(arguments, says, program=program)


def dear(*arguments: str, says: str = "", program: str = "") -> Run:
    return Run(arguments, says, dear=True, program=program)


QUICK = "tests/kernel/test_order.py"
HAND = "it is for a terminal with somebody before it; tests/e2e drives the same"
ENGINE = "it needs an engine of containers, and a registry or its images"
IMAGE = (
    "image-build", "image-build-multi", "image-run", "image-stop", "image-logs", "image-newel", "image-size",
    "image-labels", "image-scan", "image-sbom", "image-verify",
)  # fmt: skip
STACK = (
    "stack-up", "stack-down", "stack-restart", "stack-logs", "stack-ps", "stack-config", "stack-pull", "stack-build",
    "stack-newel", "stack-backup", "stack-restore", "stack-upgrade", "stack-reset", "stack-destroy", "stack-pin",
)  # fmt: skip
RECIPES: dict[str, Run | Ci | Dry] = {
    # dev
    "default": run(says="[lint]"),
    "site-init": run(says="newel.toml"),
    "site-check": run(says="plugins, "),
    "newel": run("--version", says="newel"),
    "config": run("--json", says="http.port"),
    "config-explain": run("http", says="NEWEL__HTTP__PORT"),
    "token": run(says="newel_api_"),
    "user": run("ann@example.org", says="password"),
    "versions": run(says="sqlalchemy"),
    "serve": dear(says="up after"),
    "demo": dear(says="up after"),
    "tui": Dry(HAND),
    "ssh": Dry(HAND),
    "tools": Ci(),
    "tools-node": Ci(),
    "hooks": Dry("it writes into the clone's .git"),
    "clean": Dry("it would take away what the other tests stand on"),
    "lock": Dry("it asks the package index"),
    "outdated": Dry("it asks the package index"),
    # db and content
    "db-status": run(says="accounts"),
    "db-plan": run("--json", says="["),
    "db-migrate": run(),
    "seed": run(says="Quotation"),
    "types-list": run(says="Quotation"),
    "db-size": run(says="content_entries"),
    "db-check": run(),
    "db-vacuum": run(),
    "db-dump": run(says="CREATE TABLE"),
    "db-shell": run("SELECT 'hello, ' || 'shell'", says="hello, shell", program="sqlite3"),
    "content-export": run("{tmp}/content.ndjson"),
    "content-import": run("{tmp}/content.ndjson", "--dry-run"),
    "media-import": run("{tmp}/pictures", "/Trips", says="1"),
    "storage-check": run(),
    # backup
    "backup": run(says="local"),
    "backup-list": run(says="read back"),
    "backup-verify": run(),
    "backup-drill": run(),
    "backup-status": run(says="local"),
    "backup-restore": run("latest", "--dry-run"),
    "backup-prune": run("--dry-run"),
    "backup-export": run("{tmp}/site.zip"),
    "db-copy": run("sqlite:///{tmp}/copy.db", "--yes"),
    # plugins
    "plugin-list": run(says="delivery"),
    "plugin-info": run("http", says="http"),
    "plugin-why": run("http", says="http"),
    "plugin-disable": run("tui", says="tui"),
    "plugin-enable": run("tui", says="tui"),
    "plugin-new": run("weather", "{tmp}", says="weather"),
    "plugin-check": run("{tmp}/newel-weather", says="weather"),
    "plugin-test": dear("{tmp}/newel-weather", "--rootdir=.", says="passed"),
    "plugin-build": dear("{tmp}/newel-weather", says=".whl"),
    "lua-list": run(says="hello"),
    "lua-new": run("tides", says="tides"),
    "lua-check": run("{site}/plugins/tides"),
    "lua-test": run("{site}/plugins/tides", says="passed"),
    "lua-approve": run("hello", "--all"),
    "sdk-lua": dear(),
    "sdk-check": run(),
    # test
    "test": Ci(),
    "test-fast": dear(QUICK, says="passed"),
    "test-one": dear(QUICK, says="passed"),
    "test-engine": dear("sqlite", QUICK, says="passed"),
    "test-service": Dry("it needs a database server that runs already"),
    "test-failed": dear(QUICK),
    "test-changed": dear("--collect-only"),
    "test-plugin": dear("egress", says="passed"),
    "test-without": dear("audit", QUICK, says="passed"),
    "test-meta": dear("--collect-only"),
    "test-flaky": dear("2", QUICK, says="passed 2 times"),
    "test-fuzz": dear("20", "-x", "tests/kernel", says="passed"),
    "test-slowest": dear(QUICK, says="passed"),
    "test-golden": Dry("it writes the golden screens that other tests compare with"),
    "test-up": dear(says="export NEWEL__BLOBS_S3__ENDPOINT=http"),
    "test-env": dear(says="export NEWEL__BLOBS_S3__ENDPOINT=http"),
    "test-down": dear(),
    "ci": Dry("it is what runs this test"),
    "recipes-try": Dry("it is what runs this test"),
    # lint
    "lint": Ci(),
    "types": Ci(),
    "lock-check": Ci(),
    "lint-shell": Ci(),
    "lint-yaml": Ci(),
    "lint-workflows": Ci(),
    "lint-docker": Ci(),
    "sast": dear(),
    "licences": run(says="aiohttp"),
    "secrets": dear("justfile", ".ci/run"),
    "secrets-accept": Dry("what is accepted is somebody's decision"),
    "audit": Dry("it asks for vulnerabilities in the network"),
    "fix": dear(),
    "check": Dry("what it does is run recipe by recipe"),
    "check-all": Dry("what it does is run recipe by recipe"),
    # docker
    **dict.fromkeys(STACK, Dry("it needs a container engine; tests/stack runs the script behind it without one")),
    **dict.fromkeys(IMAGE, Dry("it needs a container engine; tests/image runs the script behind it without one")),
    "image-try": Dry("it takes minutes, and root, buildah and debootstrap"),
    "stack-check": dear(says="ok"),
    "stack-try": Dry("it takes minutes; tests/stack runs a short one"),
    "caddy-fmt": dear(),
    "caddy-check": dear(says="Valid configuration"),
    "helm-tool": dear(),
    "helm-lint": dear(says="are well"),
    "helm-template": dear(says="kind: Deployment"),
    "helm-package": dear(says=".tgz"),
    # docs
    "docs": dear(),
    "docs-check": dear(says="passed"),
    "docs-links": dear(says="passed"),
    "docs-snippets": dear(says="passed"),
    "snapshots": dear(),
    "captures": Dry("it makes the recording anew, which differs each time"),
    "changes": run(says="### Added"),
    # bench
    "bench": dear("startup"),
    "bench-list": run(says="startup"),
    "bench-engines": dear("sqlite"),
    "bench-against": dear("HEAD", "startup", says="== this tree"),
    "profile": dear("check", says="cumtime"),
    "profile-imports": run("5", says="newel"),
    # operate
    "man": run(says="pages into"),
    "doctor": Dry("it ends with 3 where no backup is planned, as here; tests/e2e/test_doctor.py drives the same"),
    "systemd-check": dear(says="passed", program="systemd-analyze"),
    "systemd-try": dear("site", "overview", says="version", program="systemd-analyze"),
    "metrics": Dry("it asks a running site; tests/builtin_plugins/metrics ask it the same"),
    "metrics-table": dear(),
    # release
    "wheel": dear(says=".whl"),
    "dist": dear(says=".tar.gz"),
    "release-prepare": Dry("it takes the fragments away; test_supply.py calls what it is made of"),
    "release-check": Dry("it wants a tag; test_supply.py calls what it is made of"),
    "release-notes": Dry("it wants a version that is told of; test_supply.py calls what it is made of"),
    "release-sbom": dear(),
    "release-sums": dear(),
    "release-sign": Dry("it signs in public, in the name of the workflow"),
    "release-publish": Dry("it publishes"),
    "release-verify": Dry("it wants what was released; tests/executable/test_verify_release.py makes some up"),
    "wheel-try": dear(says="is complete and starts"),
    "exe-build": dear(says=" MB"),
    "exe-try": dear(says="all that was tried works"),
    "exe-size": dear(says="newel-"),
    "image-push": Dry(ENGINE),
    "image-sign": Dry("it signs in public, in the name of the workflow"),
    # deploy
    **dict.fromkeys(
        ("deploy", "deploy-plan", "deploy-rollback", "deploy-status", "deploy-health", "deploy-history", "deploy-logs",
         "deploy-prune", "deploy-staging", "deploy-production"),
        Dry("it works on a server; deploy-try does it to one of its own, on this machine"),
    ),
    "deploy-try": dear(program="/usr/sbin/sshd"),
    "deploy-access": Dry("it writes a key, which only a workflow has"),
    # last, since it takes the site away
    "site-reset": run(says="newel.toml"),
}  # fmt: skip
