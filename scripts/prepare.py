"""Bring the data up to date before the server starts, and say how to visit it."""

import os
import socket
import sys
from io import StringIO
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


def demo_logins() -> list[str]:
    from shop.demo.loader import (
        ADMIN,
        COLLEAGUES,
        CUSTOMER_PASSWORD,
        customer_emails,
    )

    return [
        f"the owner     {' / '.join(ADMIN)}",
        *(f"{role:13} {' / '.join(login)}" for role, login in COLLEAGUES.items()),
        f"a customer    {customer_emails()[0]} / {CUSTOMER_PASSWORD}",
    ]


def main() -> None:
    port = check_port(sys.argv[1])
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    logins = []
    if settings.DEBUG:
        # Its progress bar is on the error stream; what it prints is said below.
        call_command("seed", stdout=StringIO())
        logins = ["", "Sign in as", *demo_logins()]
    else:
        call_command("collectstatic", interactive=False, verbosity=0)
    office = f"/{settings.ADMIN_PATH}/"
    address = f"The shop is open: http://localhost:{port} (back office: {office})"
    print("", address, *logins, "", "Ctrl-C stops it.", sep="\n", flush=True)


if __name__ == "__main__":
    main()
