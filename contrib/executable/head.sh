#!/bin/sh
# Newel @VERSION@ in one file: this script and, behind it, a packed folder of @MEGABYTES@ MB. It is unpacked once.
set -eu
name=newel-@VERSION@-@SHORT@
say() {
    printf 'newel: %s\n' "$*" >&2
    exit 1
}
if [ -n "${NEWEL_UNPACK:-}" ]; then place=$NEWEL_UNPACK
elif [ -n "${CACHE_DIRECTORY:-}" ]; then place=${CACHE_DIRECTORY%%:*}
elif [ -n "${XDG_CACHE_HOME:-}" ]; then place=$XDG_CACHE_HOME/newel
elif [ -n "${HOME:-}" ] && [ -d "$HOME" ]; then place=$HOME/.cache/newel
else say "where may it be unpacked? Name a folder of yours: NEWEL_UNPACK=/var/cache/newel"; fi
whole=$place/$name
if [ ! -f "$whole/newel.whole" ]; then
    umask 077
    mkdir -p -- "$place" 2>/dev/null || say "$place cannot be written to: name another folder with NEWEL_UNPACK"
    aside=$(mktemp -d -- "$place/.unpacking.XXXXXX" 2>/dev/null) ||
        say "$place cannot be written to: name another folder with NEWEL_UNPACK"
    trap 'rm -rf -- "$aside"' EXIT
    trap 'exit 130' INT TERM HUP
    tail -n "+@LINES@" -- "$0" >"$aside/packed"
    if command -v sha256sum >/dev/null; then sum=$(sha256sum <"$aside/packed"); else sum=$(shasum -a 256 <"$aside/packed"); fi
    [ "${sum%% *}" = @SHA256@ ] || say "this file is not whole: download it again"
    mkdir "$aside/$name"
    gzip -dc <"$aside/packed" | tar -xf - -C "$aside/$name" || say "there is no room in $place"
    : >"$aside/$name/newel.whole"
    # Whoever was quicker has the same. mv does not fail where the folder is there: it moves into it.
    mv -- "$aside/$name" "$whole" 2>/dev/null || :
    if [ -O "$whole/$name" ]; then rm -rf -- "${whole:?}/$name" || :; fi
    [ -f "$whole/newel.whole" ] || say "$whole is there but not whole: remove it"
    rm -rf -- "$aside"
    trap - EXIT INT TERM HUP
fi
# A folder of somebody else's could hold a program of his.
[ -O "$whole" ] || say "$whole belongs to somebody else: name a folder of yours with NEWEL_UNPACK"
exec "$whole/newel" "$@"
