"""The pooler PgBouncer in transaction mode, in front of some server of the tests."""

import os
import shutil
import socket
from urllib.parse import urlsplit, urlunsplit

from tests.services import Missing
from tests.services.launcher import free_port, launch, new_directory, running_as_root

# Where Debian puts it, which is not on everybody's path.
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])
SERVANT = "nobody"
SETTINGS = """
[databases]
* = host={host} port={port} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {sessions}
max_client_conn = 200
"""


def provide() -> str:
    """The program."""
    if program := shutil.which("pgbouncer", path=PATH):
        return program
    raise Missing("PgBouncer is not installed")


def start(url: str, sessions: int) -> str:
    """The address of the same database through a pooler with so many sessions."""
    parts = urlsplit(url)
    # It refuses to run as root, as PostgreSQL does.
    user = SERVANT if running_as_root() else ""
    directory, own = new_directory(user), free_port()
    settings = directory / "pgbouncer.ini"
    settings.write_text(
        SETTINGS.format(
            host=parts.hostname,
            port=parts.port,
            user=parts.username,
            own=own,
            sessions=sessions,
        )
    )

    def answers() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", own)) == 0

    launch([provide(), str(settings)], directory, answers, user)
    return urlunsplit(parts._replace(netloc=f"{parts.username}@127.0.0.1:{own}"))
