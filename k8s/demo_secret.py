#!/usr/bin/env python3
"""Print the Secrets of the demo overlay, with values that nobody had to choose.

    python3 k8s/demo_secret.py | kubectl apply -f -

Do it once: the servers keep the passwords with which they were first started.
"""

import json
import secrets
import sys
from typing import Any

DATABASE, REDIS, RABBITMQ = (secrets.token_hex(24) for _ in range(3))
SECRETS = {
    "duken-secrets": {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DATABASE_URL": f"postgres://duken:{DATABASE}@db:5432/duken",
        "REDIS_URL": f"redis://:{REDIS}@redis:6379/0",
        "METRICS_TOKEN": secrets.token_urlsafe(32),
        "RABBITMQ_URL": f"amqp://duken:{RABBITMQ}@rabbitmq:5672//",
    },
    "duken-admin": {
        "ADMIN_EMAIL": "admin@example.com",
        "ADMIN_PASSWORD": secrets.token_urlsafe(12),
    },
    # What the servers themselves are told.
    "duken-servers": {
        "POSTGRES_PASSWORD": DATABASE,
        "REDIS_PASSWORD": REDIS,
        "RABBITMQ_DEFAULT_PASS": RABBITMQ,
    },
}


def manifest(name: str, values: dict[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": name,
            "namespace": "duken",
            "labels": {"app.kubernetes.io/name": "duken"},
        },
        "type": "Opaque",
        "stringData": values,
    }


if __name__ == "__main__":
    items = [manifest(*one) for one in SECRETS.items()]
    json.dump(
        {"apiVersion": "v1", "kind": "List", "items": items}, sys.stdout, indent=2
    )
