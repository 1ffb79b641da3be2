#!/bin/sh
# Runs benches on another revision, then on this tree: bench_against.sh REVISION [BENCH ...]
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
revision=$1
shift
other=$(mktemp -d)
trap 'git -C "$root" worktree remove --force "$other/tree" 2>/dev/null; rm -rf "$other"' EXIT
git -C "$root" worktree add -q --detach "$other/tree" "$revision"
# The same packages; the other tree's sources come first.
run() { (cd "$1" && shift && PYTHONPATH=.:kernel:builtin_plugins "$root/.venv/bin/python" -m tests.bench "$@"); }
echo "== $revision"
run "$other/tree" "$@"
echo "== this tree"
run "$root" "$@"
