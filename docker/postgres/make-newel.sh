#!/bin/sh
# Runs once, in an empty volume: Newel's role, which is no superuser but may make the database that a restore goes into, and
# its database. docs/operate/databases.md.
set -eu

password=$(cat "${NEWEL_PASSWORD_FILE:-/run/secrets/postgres_newel_password}")
# By standard input: what stands on a command line, everybody on the machine can read.
psql -q -v ON_ERROR_STOP=1 -U "${POSTGRES_USER:-postgres}" -d postgres <<SQL
\set password '$password'
CREATE ROLE newel LOGIN CREATEDB PASSWORD :'password';
CREATE DATABASE newel OWNER newel TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8';
SQL
