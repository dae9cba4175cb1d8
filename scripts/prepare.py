"""Bring the data up to date before the server starts, and say how to visit it."""

import os
import socket
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent


def check_port(text: str) -> int:
    """The port as a number, or a sentence about it and the end."""
    if not text.isdecimal() or not 0 < int(text) < 65536:
        sys.exit(f"PORT={text} is not a port: choose a number from 1 to 65535.")
    port = int(text)
    with socket.socket() as probe:
        # As the server does it: a port that was just given up is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            sys.exit(f"Port {port} is for the administrator: try PORT=8001 make run")
        except OSError:
            sys.exit(f"Port {port} is taken: PORT={port + 1} make run uses another.")
    return port


def main() -> None:
    port = check_port(sys.argv[1])
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    if settings.DEBUG:
        call_command("seed")
    else:
        call_command("collectstatic", interactive=False, verbosity=0)
    print(f"\nThe shop is open: http://localhost:{port}")
    if settings.DEBUG:
        print("Sign in as admin@example.com, password admin123; back office: /admin/")
    print("Ctrl-C stops it.\n", flush=True)


if __name__ == "__main__":
    main()
