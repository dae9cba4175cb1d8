#!/bin/sh
# From an installed .venv to a shop on http://localhost:$PORT. `make run` calls it.
set -eu

cd "$(dirname "$0")/.."
port=${PORT:-8000}

if [ ! -e .env ]; then
    (
        umask 077
        key=$(.venv/bin/python -c 'import secrets; print(secrets.token_urlsafe(50))')
        printf '%s\n' '# Made by `make run`; .env.example explains every variable.' \
            'DEBUG=true' "SECRET_KEY=$key" >.env
    )
fi

.venv/bin/python scripts/prepare.py "$port"

# As in the image (Dockerfile): memory is given back to a machine that may be small.
export MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=4194304 MALLOC_TRIM_THRESHOLD_=4194304

# exec: Ctrl-C reaches the server itself.
exec .venv/bin/python -m gunicorn shop.wsgi \
    --config scripts/gunicorn.conf.py --bind "127.0.0.1:$port"
