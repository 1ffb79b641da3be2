# Recipes of the repository. Call them through ./just, which sets up .venv first.

# Arguments reach a recipe as "$@", so that spaces in them survive.
set positional-arguments
set quiet

export PATH := justfile_directory() / ".venv/bin" + ":" + env("PATH")
site := env("NEWEL_SITE", "site")

import? '.ci/just/tools.just'
import? '.ci/just/operate.just'
import? '.ci/just/docker.just'
import? '.ci/just/stack.just'
import? '.ci/just/checks.just'
import? '.ci/just/data.just'
import? '.ci/just/deploy.just'
import? '.ci/just/release.just'

# List the recipes
default:
    just --justfile "{{ justfile() }}" --list --unsorted

# Start Newel in site/ (NEWEL_SITE names another folder); the first start creates it
[group('run')]
[no-exit-message]
serve *args:
    mkdir -p "{{ site }}" && cd "{{ site }}" && exec newel serve "$@"

# Start Newel with the demo content
[group('run')]
[no-exit-message]
demo *args:
    mkdir -p "{{ site }}" && cd "{{ site }}" && exec newel serve --demo "$@"

# Three workers for two processors: tests wait for servers and terminals, too.

# Run every test but the benches; arguments go to pytest
[group('test')]
[no-exit-message]
test *args:
    exec python -m pytest -n 3 --dist worksteal -m "not bench" "$@"

# Run the tests that are not marked slow
[group('test')]
[no-exit-message]
test-fast *args:
    exec python -m pytest -n 2 --dist worksteal -m "not bench and not slow" "$@"

# Measure; arguments choose the benches
[group('test')]
[no-exit-message]
bench *args:
    PYTHONPATH=. exec python -m tests.bench "$@"

# Check style and format
[group('check')]
[no-exit-message]
lint:
    ruff check .
    ruff format --check .

# Repair style and format where a machine can
[group('check')]
[no-exit-message]
fix:
    ruff check --fix .
    ruff format .

# Check the types
[group('check')]
[no-exit-message]
types *args:
    exec mypy "$@"

# Check style, types, the lock and the rules of the repository (tests/meta)
[group('check')]
[no-exit-message]
check: lint types lock-check
    exec python -m pytest -q tests/meta

# Regenerate the reference pages
[group('project')]
docs:
    python -m newel.testing.reference docs/extend/reference
    python -m newel_lua.definitions .

# Capture the screens of docs/use/terminal.md and record terminal.cast anew: needs tmux and an OpenSSH client
[group('project')]
[no-exit-message]
captures *args:
    PYTHONPATH=. exec python -m tests.e2e.captures "$@"

# Record the public surface anew: routes, permissions, commands, hooks, settings
[group('project')]
snapshots:
    exec python -m tests.meta.surface

# Compile the locks anew: keeps what still fits; --upgrade moves everything
[group('project')]
lock *args:
    #!/bin/sh
    set -eu
    # The header names this recipe, since uv's own would name paths.
    compile() { uv pip compile "$@" -q --universal --generate-hashes --no-emit-index-url --custom-compile-command './just lock'; }
    # What may not stand beside Pillow has a lock of its own.
    compile pyproject.toml --extra dev --output-file requirements.lock "$@"
    python .ci/lock_check.py --simd | compile - --no-deps --output-file requirements-simd.lock "$@"
    compile pyproject.toml --extra tools --output-file requirements-tools.lock "$@"
    # What the container image is made of: the same versions, without what only developers need; and what builds it.
    compile pyproject.toml --extra full --constraint requirements.lock --output-file requirements-full.lock "$@"
    compile docker/build.in --constraint requirements.lock --output-file docker/build.lock "$@"

# Fail if requirements.lock does not satisfy pyproject.toml
[group('project')]
[no-exit-message]
lock-check:
    exec python .ci/lock_check.py

# Build the wheel into dist/
[group('project')]
wheel:
    exec python -m hatchling build -t wheel

# Remove what the recipes made; keeps .venv and site/
[group('project')]
clean:
    rm -rf dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis bench-results
    find kernel builtin_plugins tests .ci -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
