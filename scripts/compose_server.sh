#!/bin/sh
# How docker-compose.yml starts its servers: compose_server.sh db|redis|rabbitmq
#
# `db` starts before everything else and keeps the secrets of the installation in
# /secrets, a volume: what .env names, and otherwise what was made up at the first start.
# The shop reads the files that are named like variables (SECRETS_DIR); the passwords of
# the servers are for the servers, and for whoever is in their network.
set -eu
secrets=${SECRETS_DIR:-/secrets}
# The group of the shop's processes (Dockerfile).
group=10001

made_up() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

# Each byte by its number: a password may hold what a URL, or a file, may not.
in_url() { printf %s "$1" | od -An -v -tx1 | tr -d '\n' | sed 's/ /%/g'; }
in_config() { printf %s "$1" | od -An -v -tx1 | tr -d '\n' | sed 's/ /\\x/g'; }

# write NAME VALUE MODE: nobody ever reads half of it.
write() {
    (umask 077 && printf %s "$2" >"$secrets/.new")
    [ "$(id -u)" != 0 ] || chgrp "$group" "$secrets/.new"
    chmod "$3" "$secrets/.new"
    mv -f "$secrets/.new" "$secrets/$1"
}

# keep NAME VALUE MODE: the value if there is one, else what is there, else a new one.
keep() {
    value=$2
    [ -n "$value" ] || value=$(cat "$secrets/$1" 2>/dev/null) || value=$(made_up)
    write "$1" "$value" "$3"
}

keep_secrets() {
    keep db_password "${POSTGRES_PASSWORD:-}" 0444
    keep redis_password "${REDIS_PASSWORD:-}" 0444
    keep rabbitmq_password "${RABBITMQ_DEFAULT_PASS:-}" 0444
    keep SECRET_KEY '' 0440
    keep ADMIN_PASSWORD '' 0440
    login=$(in_url "$POSTGRES_USER"):$(in_url "$(cat "$secrets/db_password")")
    write DATABASE_URL "postgres://$login@db:5432/$(in_url "$POSTGRES_DB")" 0440
    login=:$(in_url "$(cat "$secrets/redis_password")")
    write REDIS_URL "redis://$login@redis:6379/0" 0440
    login=$(in_url "$RABBITMQ_DEFAULT_USER"):$(in_url "$(cat "$secrets/rabbitmq_password")")
    write RABBITMQ_URL "amqp://$login@rabbitmq:5672//" 0440
}

server=$1
shift
case $server in
db)
    keep_secrets
    POSTGRES_PASSWORD=$(cat "$secrets/db_password")
    export POSTGRES_PASSWORD
    exec docker-entrypoint.sh postgres -c max_connections=200 \
        -c shared_buffers=256MB "$@"
    ;;
redis)
    # Not on the command line, which every process of the machine may read.
    config=${TMPDIR:-/tmp}/redis.conf
    (umask 077 &&
        printf 'requirepass "%s"\n' "$(in_config "$(cat "$secrets/redis_password")")" >"$config")
    # A shop that is full says so; it does not throw carts away.
    exec redis-server "$config" --appendonly yes --maxmemory 256mb \
        --maxmemory-policy noeviction "$@"
    ;;
rabbitmq)
    RABBITMQ_DEFAULT_PASS=$(cat "$secrets/rabbitmq_password")
    export RABBITMQ_DEFAULT_PASS
    exec docker-entrypoint.sh rabbitmq-server "$@"
    ;;
*)
    printf 'There is no server %s.\n' "$server" >&2
    exit 2
    ;;
esac
