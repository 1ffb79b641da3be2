#!/bin/sh
# Builds docker/Dockerfile with buildah on a machine that has no engine and reaches no registry, only Debian and PyPI: on a
# stand-in for the base (base.sh), and for this machine. It proves the Dockerfile; what is shipped is built by
# `./just image-build`. Needs root, buildah, debootstrap. $1: the image's name. Further arguments go to buildah.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
root=${here%/.ci/image}
work=${NEWEL_IMAGE_WORK:-/var/tmp/newel-image}
image=$1
shift

for program in buildah debootstrap; do
    command -v "$program" >/dev/null || { echo "$program is missing: apt-get install buildah debootstrap" >&2; exit 1; }
done
base=$("$here/base.sh" "$work")

# pip in the build trusts whom this machine trusts.
for lent in /etc/pip.conf /etc/ssl/certs; do
    [ ! -e "$lent" ] || set -- "$@" --volume "$lent:$lent:ro"
done

cd "$root"
# OCI's format knows no HEALTHCHECK, so Docker's it is.
exec buildah build --isolation chroot --pull-never --network host --format docker --layers \
    --build-arg "BASE=$base" --file docker/Dockerfile --tag "$image" "$@" .
