#!/bin/sh
# A stack of compose.yaml: stack.sh VERB [PROFILE] [arguments]. The recipes stack-* call it; it needs no just.
# NEWEL_COMPOSE     the compose command (docker compose; podman compose)
# NEWEL_PROFILE     the profile where none is given (that of .env, else sqlite); several: prod,observability
# NEWEL_STACK_DIR   where .env and secrets/ are: a folder of its own for a second stack, such as staging
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
NEWEL_STACK_DIR=${NEWEL_STACK_DIR:-$here}
export NEWEL_STACK_DIR

die() {
    printf 'stack: %s\n' "$*" >&2
    exit 1
}
setting() { sed -n "s/^$1=//p" "$NEWEL_STACK_DIR/.env" 2>/dev/null | tail -n 1; }

[ "$#" -gt 0 ] || die "say what: up, down, restart, logs, ps, config, check, pull, build, newel, backup, restore, upgrade, reset, destroy, pin"
verb=$1
shift
case ${1:-} in
sqlite | postgres | mysql | s3 | full | prod | observability | *,observability)
    profile=$1
    shift
    ;;
*) profile=${NEWEL_PROFILE:-$(setting COMPOSE_PROFILES)} ;;
esac
COMPOSE_PROFILES=${profile:-sqlite}
export COMPOSE_PROFILES

# The service that is Newel in this profile.
case ,$COMPOSE_PROFILES, in
*,sqlite,*) site=site ;;
*,prod,*) site=node ;;
*) site=site-${COMPOSE_PROFILES%%,*} ;;
esac

# NEWEL_COMPOSE is a command with its arguments.
compose() {
    # shellcheck disable=SC2086
    ${NEWEL_COMPOSE:-docker compose} --project-directory "$here" -f "$here/compose.yaml" \
        --env-file "$NEWEL_STACK_DIR/.env" "$@"
}

sure() {
    [ "${NEWEL_YES:-}" != 1 ] || return 0
    printf '%s\nType yes: ' "$1" >&2
    read -r said
    [ "$said" = yes ] || die "nothing was done"
}

# The image that runs now is there again, if what comes does not get healthy.
upgrade() {
    image=${NEWEL_IMAGE:-$(setting NEWEL_IMAGE)}
    compose exec -T "$site" newel backup run
    old=$(compose images -q "$site" | head -n 1)
    case $image in
    *:local) compose build "$site" ;;
    *) compose pull "$site" ;;
    esac
    # Table changes once, before any node is replaced; a second node then finds them done.
    compose run --rm -T "$site" migrate up
    if compose up -d --wait --wait-timeout 180 "$@"; then return; fi
    compose logs --tail 30 "$site" >&2
    [ -n "$old" ] || die "the new version does not get healthy, and there was none before it"
    printf 'stack: the new version does not get healthy; back to %s\n' "$old" >&2
    NEWEL_IMAGE=$old compose up -d --wait --wait-timeout 180 "$@" || true
    die "if the old image says that the tables are too new: NEWEL_IMAGE=$old in .env, then stack.sh restore latest"
}

# The digest of each tag, written into compose.yaml: for whoever has an engine, and looks at the difference.
pin() {
    grep -oE 'image: [a-z0-9./-]+:[A-Za-z0-9._-]+@sha256:[0-9a-f]{64}' "$here/compose.yaml" | sed 's/image: //' |
        while IFS=@ read -r tag digest; do
            now=$(docker buildx imagetools inspect "$tag" --format '{{.Manifest.Digest}}')
            [ "$now" != "$digest" ] || continue
            printf '%s: %s -> %s\n' "$tag" "$digest" "$now"
            sed "s|$tag@$digest|$tag@$now|" "$here/compose.yaml" >"$here/.compose.yaml"
            mv "$here/.compose.yaml" "$here/compose.yaml"
        done
}

case $verb in
# No `&&`: before one, a digest that nobody could tell would not end it.
pin)
    pin
    exit
    ;;
*) sh "$here/setup.sh" ;;
esac

case $verb in
up) compose up -d --wait --wait-timeout 180 "$@" ;;
down) compose down "$@" ;;
restart) compose restart "$@" ;;
logs) compose logs --follow --tail 200 "$@" ;;
ps) compose ps "$@" ;;
config) compose config "$@" ;;
check) compose config --quiet "$@" ;;
pull) compose pull --ignore-buildable "$@" ;;
build) compose build "$@" ;;
newel) compose exec "$site" newel "$@" ;;
backup) compose exec -T "$site" newel backup run "$@" ;;
# In a container of its own, since an old image on changed tables does not run. The configuration is mounted read-only, so the
# last step is yours: it says what to set.
restore) compose run --rm -T "$site" backup restore --no-swap "$@" ;;
upgrade) upgrade "$@" ;;
reset)
    sure "All data of the stack ($COMPOSE_PROFILES) go, and it starts anew."
    compose down --volumes
    compose up -d --wait --wait-timeout 180 "$@"
    ;;
destroy)
    # Of every profile: what stayed could not be opened without the secrets.
    COMPOSE_PROFILES='*'
    sure "All data of the stack go, of every profile: databases, files, backups, networks and the secrets."
    compose down --volumes --remove-orphans "$@"
    rm -rf "$NEWEL_STACK_DIR/secrets"
    ;;
*) die "$verb is nothing that can be done" ;;
esac
