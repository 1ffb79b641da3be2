#!/bin/sh
# Makes what compose.yaml reads and no repository may hold: .env, and secrets/ with a value of its own each. Keeps what is
# there, so that it may run before every start. Another folder: NEWEL_STACK_DIR.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
dir=${NEWEL_STACK_DIR:-$here}
secrets=$dir/secrets

# Files that containers read as users of their own; on this machine the folder keeps everybody else out.
mkdir -p "$secrets"
chmod 0700 "$secrets"

# Letters and digits only: they stand in URLs as they are.
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

# Writes a file as a whole or not at all.
write() {
    printf '%s' "$2" >"$secrets/.$1"
    chmod 0444 "$secrets/.$1"
    mv "$secrets/.$1" "$secrets/$1"
}
made() { [ -s "$secrets/$1" ] || write "$1" "$2"; }
value() { cat "$secrets/$1"; }

made first_password "$(random)"
made metrics_token "$(random)"
made grafana_password "$(random)"
made postgres_password "$(random)"
made postgres_newel_password "$(random)"
made mariadb_newel_password "$(random)"
made s3_secret_key "$(random)"
[ -e "$dir/.env" ] || cp "$here/.env.example" "$dir/.env"
# These follow from the others.
database=$(sed -n 's/^NEWEL_DATABASE=//p' "$dir/.env" | tail -n 1)
write postgres_url "postgresql://newel:$(value postgres_newel_password)@postgres:5432/${database:-newel}"
write mariadb_url "mysql://newel:$(value mariadb_newel_password)@mariadb:3306/${database:-newel}"
write s3_config '{"identities": [{"name": "newel", "actions": ["Read:newel", "Write:newel", "List:newel", "Tagging:newel"],
  "credentials": [{"accessKey": "newel", "secretKey": "'"$(value s3_secret_key)"'"}]}]}'
