"""Start a server in a directory of its own and wait until it answers."""

import atexit
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.services import Missing

KEEPER = Path(__file__).with_name("keeper.py")
PATIENCE = 30


def new_directory(owner: str = "") -> Path:
    """A directory that only its owner can enter (empty: the present user)."""
    # Root's own TMPDIR may be closed to the owner; /tmp is open to all.
    directory = tempfile.mkdtemp(prefix="duken-", dir="/tmp" if owner else None)  # noqa: S108
    if owner:
        shutil.chown(directory, owner)
    return Path(directory)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def launch(
    command: list[str], directory: Path, answers: Callable[[], bool], user: str = ""
) -> None:
    """The server answers; it ends, and its directory goes, when this process ends."""
    keeper = subprocess.Popen(  # noqa: S603 - our own command
        # Neither site-packages nor this folder: the keeper needs only the library.
        [sys.executable, "-I", "-S", str(KEEPER), str(directory), user, *command],
        stdin=subprocess.PIPE,
        # Ctrl-C is for the tests; the server outlives it until they have cleaned up.
        start_new_session=True,
    )
    atexit.register(_stop, keeper)
    deadline = time.monotonic() + PATIENCE
    log = directory / "server.log"
    said = ""
    while time.monotonic() < deadline:
        if answers():
            return
        if log.exists():
            said = log.read_text(errors="replace")
        if keeper.poll() is not None:
            break
        time.sleep(0.02)
    _stop(keeper)
    raise Missing(f"{Path(command[0]).name} did not start: {said.strip()[-500:]}")


def _stop(keeper: subprocess.Popen[bytes]) -> None:
    if keeper.stdin:
        keeper.stdin.close()
    keeper.wait(PATIENCE)


def running_as_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
