# Recipes of the repository. Call them through ./just, which sets up .venv first.
# tests/meta/test_recipes.py runs each of them, or says why it cannot.

# Arguments reach a recipe as "$@", so that spaces in them survive.
set positional-arguments
set quiet

export PATH := justfile_directory() / ".venv/bin" + ":" + env("PATH")

# The folder of the site to work on.
site := env("NEWEL_SITE", "site")

# What a change is compared with.
base := env("NEWEL_BASE", "main")

# Three workers for two processors: tests wait for servers and terminals, too.
workers := env("NEWEL_TEST_WORKERS", "3")

import '.ci/just/tools.just'
import '.ci/just/tests.just'
import '.ci/just/checks.just'
import '.ci/just/data.just'
import '.ci/just/plugins.just'
import '.ci/just/docs.just'
import '.ci/just/bench.just'
import? '.ci/just/operate.just'
import? '.ci/just/docker.just'
import? '.ci/just/stack.just'
import? '.ci/just/deploy.just'
import? '.ci/just/release.just'

# List the recipes
[group('dev')]
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

# Run any command of Newel on the site: ./just newel types list
[group('run')]
[no-exit-message]
newel *args:
    exec newel --site "{{ site }}" "$@"

# Open the terminal admin on the site; --connect URL for another one
[group('run')]
[no-exit-message]
tui *args:
    exec newel --site "{{ site }}" tui "$@"

# Log in to the SSH door of the site that runs here, with OpenSSH's client
[group('run')]
[no-exit-message]
ssh user="admin@localhost" port=env("NEWEL__SSH__PORT", "8422") *args:
    user=$1 port=$2 && shift 2 && exec ssh -p "$port" -l "$user" localhost "$@"

# Make the site's folder ready without starting it
[group('run')]
[no-exit-message]
site-init *args:
    mkdir -p "{{ site }}" && exec newel --site "{{ site }}" init --yes "$@"

# Check the site's configuration and plugins; touches nothing
[group('run')]
[no-exit-message]
site-check:
    exec newel --site "{{ site }}" check

# Remove the site with all its data, and set up an empty one
[group('run')]
[confirm('Remove the site with all its content?')]
site-reset: && site-init
    rm -rf "{{ site }}"

# Tell every setting of the site and where its value comes from
[group('run')]
[no-exit-message]
config *args:
    exec newel --site "{{ site }}" config show --origin "$@"

# Explain the settings of a section: ./just config-explain http
[group('run')]
[no-exit-message]
config-explain *sections:
    exec newel --site "{{ site }}" config explain "$@"

# Make an API token for somebody of the site
[group('run')]
[no-exit-message]
token user="admin@localhost" label="by ./just token":
    exec newel --site "{{ site }}" tokens create --user "$1" --label "$2"

# Create a person: ./just user me@example.org admin; prints the password once
[group('run')]
[no-exit-message]
user email role="editor":
    exec newel --site "{{ site }}" users create --email "$1" --role "$2"

# Remove what the recipes made; keeps .venv and site/
[group('dev')]
clean:
    rm -rf dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis bench-results
    find kernel builtin_plugins tests .ci -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

# Build the wheel into dist/
[group('release')]
wheel:
    exec python -m hatchling build -t wheel
