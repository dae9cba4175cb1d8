"""Run a server for as long as the tests live, however they end.

`python keeper.py DIRECTORY USER COMMAND…` starts the command as that user (empty:
the present one) and reads its own standard input, which the tests hold open and never
write to. Closed at their exit, or by the system when they are killed, it ends the
server and removes its directory.
"""

import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path


def main(directory: str, user: str, *command: str) -> None:
    with Path(directory, "server.log").open("ab") as log:
        server = subprocess.Popen(  # noqa: S603 - our own command
            command,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            user=user or None,
            group=_group(user) if user else None,
            extra_groups=[] if user else None,
        )

    def end_with_the_tests() -> None:
        sys.stdin.read()
        # PostgreSQL's fast shutdown, and an ordinary one for Redis.
        server.send_signal(signal.SIGINT)

    threading.Thread(target=end_with_the_tests, daemon=True).start()
    # What asks the keeper to end means the server, which may have things to finish.
    signal.signal(signal.SIGTERM, lambda *_: server.send_signal(signal.SIGTERM))
    server.wait()
    shutil.rmtree(directory, ignore_errors=True)


def _group(user: str) -> int:
    import pwd

    return pwd.getpwnam(user).pw_gid


if __name__ == "__main__":
    main(*sys.argv[1:])
