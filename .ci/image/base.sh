#!/bin/sh
# Makes localhost/newel-standin:trixie, a stand-in for docker.io/library/python:3.13-slim-trixie, on a machine that
# reaches Debian's mirrors but no registry: to try docker/Dockerfile, never to ship. It differs: Python is Debian's own
# build of 3.13 below /usr, where the real image has one of python.org's sources below /usr/local.
# Needs root, debootstrap, buildah. $1: where the root file system is made and kept (it is made once).
set -eu

work=$1
suite=trixie
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
name=localhost/newel-standin:trixie
root=$work/standin

# As Docker's slim images leave out: no documentation, manuals and translations, but licences.
slim() {
    find "$root/usr/share/doc" -depth -type f ! -name copyright -delete
    find "$root/usr/share/doc" -depth -type l -delete
    find "$root/usr/share/doc" -depth -type d -empty -delete
    rm -rf "$root"/usr/share/man/* "$root"/usr/share/info/* "$root"/usr/share/lintian "$root"/usr/share/linda
    find "$root/usr/share/locale" -mindepth 1 -maxdepth 1 ! -name locale.alias -exec rm -rf {} +
    cat >"$root/etc/dpkg/dpkg.cfg.d/slim" <<'EOF'
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/man/*
path-exclude /usr/share/info/*
path-exclude /usr/share/lintian/*
path-exclude /usr/share/locale/*
path-include /usr/share/locale/locale.alias
EOF
    rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/* "$root"/var/log/* "$root"/debootstrap \
        "$root"/var/cache/ldconfig/aux-cache
    find "$root" -xdev -name __pycache__ -prune -exec rm -rf {} +
}

# What the real image has beside the interpreter: its headers, pip, and names in /usr/local/bin.
like_python() {
    mkdir -p "$work/debs"
    (cd "$work/debs" && rm -f ./*.deb && chroot "$root" sh -c 'apt-get -q update && cd /tmp &&
        apt-get -q download libpython3.13-dev python3-pip-whl' && mv "$root"/tmp/*.deb .)
    dpkg-deb --fsys-tarfile "$work"/debs/libpython3.13-dev_*.deb | tar -x -C "$root" --wildcards './usr/include/*'
    dpkg-deb --fsys-tarfile "$work"/debs/python3-pip-whl_*.deb | tar -x -C "$work" --wildcards '*.whl'
    mkdir -p "$root/usr/local/lib/python3.13/dist-packages"
    python3 -m zipfile -e "$work"/usr/share/python-wheels/pip-*.whl "$root/usr/local/lib/python3.13/dist-packages"
    rm -f "$root/usr/lib/python3.13/EXTERNALLY-MANAGED"
    for alias in python python3 python3.13; do ln -sf /usr/bin/python3.13 "$root/usr/local/bin/$alias"; done
    # shellcheck disable=SC2016  # for the script that is written
    printf '#!/bin/sh\nexec python -m pip "$@"\n' >"$root/usr/local/bin/pip"
    chmod 755 "$root/usr/local/bin/pip"
}

if [ ! -e "$root/.newel-standin" ]; then
    rm -rf "$root"
    mkdir -p "$work"
    debootstrap --variant=minbase --include=ca-certificates,netbase,tzdata,python3.13 "$suite" "$root" "$mirror" \
        >"$work/debootstrap.log" 2>&1 || { tail -n 5 "$work/debootstrap.log" >&2; exit 1; }
    printf 'deb %s %s main\ndeb %s-security %s-security main\n' "$mirror" "$suite" "$mirror" "$suite" \
        >"$root/etc/apt/sources.list"
    like_python >>"$work/debootstrap.log" 2>&1
    slim
    touch "$root/.newel-standin"
fi

export STORAGE_DRIVER=vfs
if ! buildah images -q "$name" >/dev/null 2>&1; then
    container=$(buildah from scratch)
    buildah copy -q "$container" "$root" / >/dev/null
    buildah config --env PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin --env LANG=C.UTF-8 \
        --cmd python3 "$container"
    buildah commit -q --rm "$container" "$name" >/dev/null
fi
echo "$name"
