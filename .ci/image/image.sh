#!/bin/sh
# What the recipes image-* do: image.sh VERB [ARGUMENT ...].
# NEWEL_ENGINE          docker (with buildx) or podman
# NEWEL_IMAGE           the image's name with its tag; to push, without: that is NEWEL_IMAGE_REF
# NEWEL_IMAGE_PROGRAMS  packages of Debian's to put in: "ffmpeg poppler-utils" for posters, "dash coreutils" to look around
# NEWEL_CONTAINER       the container's name, and what the names of its volumes begin with
# NEWEL_ADDRESS         where its ports are opened
set -eu

cd "$(dirname -- "$0")/../.."
engine=${NEWEL_ENGINE:-docker}
image=${NEWEL_IMAGE:-newel:local}
container=${NEWEL_CONTAINER:-newel}
address=${NEWEL_ADDRESS:-127.0.0.1}
volumes="data certs ssh backups plugins"

die() {
    printf 'image: %s\n' "$*" >&2
    exit 1
}
need() { command -v "$1" >/dev/null || die "$1 is missing: $2"; }

# Prints an argument a line: what an image says of itself. The time is the commit's, so that it says the same each time.
labels() {
    second=$(git log -1 --format=%ct 2>/dev/null) || second=0
    version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
    revision=$(git rev-parse HEAD 2>/dev/null) || revision=
    [ -z "$(git status --porcelain --untracked-files=no 2>/dev/null)" ] || revision="$revision-changed"
    source=
    [ -z "${GITHUB_REPOSITORY:-}" ] || source="${GITHUB_SERVER_URL:-https://github.com}/$GITHUB_REPOSITORY"
    printf -- '--build-arg=%s\n' "VERSION=$version" "REVISION=$revision" "SOURCE=$source" \
        "CREATED=$(date -u -d "@$second" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null || date -u -r "$second" +%Y-%m-%dT%H:%M:%SZ)" \
        "SOURCE_DATE_EPOCH=$second" "PROGRAMS=${NEWEL_IMAGE_PROGRAMS:-}"
}

# build FLAG ...: docker's and podman's differ in how several platforms become one image.
build() {
    IFS='
'
    # shellcheck disable=SC2046 # an argument a line
    set -- $(labels) --file docker/Dockerfile "$@" .
    unset IFS
    case $engine in
    docker) docker buildx build "$@" ;;
    # OCI's format knows no HEALTHCHECK.
    podman) podman build --format docker "$@" ;;
    *) die "NEWEL_ENGINE is docker or podman, not $engine" ;;
    esac
}

verb=${1:-}
[ "$#" = 0 ] || shift
case $verb in
build)
    [ "$engine" != docker ] || set -- --load "$@"
    build --tag "$image" "$@"
    ;;
build-multi)
    set -- --platform linux/amd64,linux/arm64 "$@"
    case $engine in
    docker)
        mkdir -p build
        build --sbom=true --provenance=mode=max --tag "$image" --output type=oci,dest=build/image.tar "$@"
        ;;
    *) build --manifest "$image" "$@" ;;
    esac
    ;;
push)
    [ "$engine" = docker ] || die "pushing takes docker buildx, which adds SBOM and provenance"
    image=${NEWEL_IMAGE:?where it is pushed to, such as ghcr.io/OWNER/newel}:${NEWEL_IMAGE_REF:?its tag}
    # The tag v0.2.0 of git is the image 0.2.0: the name that the docs and the chart pull.
    case ${image##*:} in v[0-9]*) image=${image%:*}:${image##*:v} ;; esac
    mkdir -p build
    build --platform linux/amd64,linux/arm64 --sbom=true --provenance=mode=max --metadata-file build/image.json --push \
        --tag "$image" "$@"
    digest=$(sed -n 's/.*"containerimage.digest": *"\([^"]*\)".*/\1/p' build/image.json)
    echo "${image%:*}@$digest"
    echo "digest=$digest" >>"${GITHUB_OUTPUT:-/dev/null}"
    ;;
run)
    for name in $volumes; do set -- "$@" --volume "$container-$name:/site/$name"; done
    # More to stop than http.drain_seconds and jobs.stop_seconds together.
    "$engine" run --detach --name "$container" --restart unless-stopped --stop-timeout 45 \
        --read-only --tmpfs /tmp:mode=1777,size=256m --cap-drop ALL --security-opt no-new-privileges --pids-limit 512 \
        --publish "$address:8420:8420" --publish "$address:8422:8422" "$@" "$image"
    echo "$engine logs $container shows the first start's credentials" >&2
    ;;
stop)
    "$engine" stop "$container"
    "$engine" rm "$container"
    ;;
logs) exec "$engine" logs --follow --tail 200 "$@" "$container" ;;
newel)
    terminal=
    [ ! -t 0 ] || terminal=--tty
    exec "$engine" exec --interactive ${terminal:+"$terminal"} "$container" newel "$@"
    ;;
size)
    "$engine" image inspect --format '{{.Size}} bytes' "$image"
    exec "$engine" history --format '{{.Size}}	{{.CreatedBy}}' "$image"
    ;;
labels) exec "$engine" image inspect --format '{{json .Config.Labels}}' "$image" ;;
scan)
    need trivy "https://trivy.dev"
    exec trivy image --severity HIGH,CRITICAL --ignore-unfixed --exit-code 1 "$@" "$image"
    ;;
sbom)
    need trivy "https://trivy.dev"
    mkdir -p build
    exec trivy image --format cyclonedx --output build/image.cdx.json "$@" "$image"
    ;;
verify)
    need cosign "https://docs.sigstore.dev"
    # Who may sign: the workflow of a release, as the registry's name tells where it lives.
    exec cosign verify --certificate-oidc-issuer https://token.actions.githubusercontent.com \
        --certificate-identity-regexp \
        "${NEWEL_IMAGE_SIGNER:?the workflow that signs, such as ^https://github.com/OWNER/REPOSITORY/\.github/workflows/}" \
        "$@" "$image"
    ;;
try)
    [ "$(id -u)" = 0 ] || die "trying without an engine takes root: mounts, chroot, another user"
    .ci/image/build_here.sh localhost/newel:try
    exec python3 .ci/image/run_here.py localhost/newel:try
    ;;
*) die "say what: build, build-multi, push, run, stop, logs, newel, size, labels, scan, sbom, verify, try" ;;
esac
