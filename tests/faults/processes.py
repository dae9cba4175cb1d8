"""Programs that the tests start, hurt and always end."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from tests.services.launcher import KEEPER, new_directory

ROOT = Path(__file__).resolve().parents[2]
# Seconds; a machine that is busy with other tests needs some of them.
PATIENCE = 120
Found = TypeVar("Found")


def wait_until(condition: Callable[[], Found], what: str) -> Found:
    """What the condition answers as soon as it is true; late is a failure."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"{PATIENCE} s and still not true: {what}")


class Process:
    """A running program. A keeper ends it with the tests, however those end.

    An environment that depends on the program's directory is made of it.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: dict[str, str] | Callable[[Path], dict[str, str]],
    ) -> None:
        self.directory = new_directory()
        if callable(environment):
            environment = environment(self.directory)
        self._log = self.directory / "server.log"
        self._keeper = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-I", "-S", KEEPER, self.directory, "", *command],
            stdin=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )

    @property
    def said(self) -> str:
        """The end of its log."""
        if not self._log.exists():
            return ""
        return self._log.read_text(errors="replace")[-3000:]

    def wait_for(self, condition: Callable[[], object], what: str) -> None:
        """The condition is true, and the program has not ended before."""

        def settled() -> bool:
            assert self._keeper.poll() is None, f"ended before {what}"
            return bool(condition())

        try:
            wait_until(settled, what)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.said}") from error

    def is_running(self) -> bool:
        return self._keeper.poll() is None

    def terminate(self) -> None:
        """It is asked to end, as a container is, and takes the time it needs."""
        os.kill(self._keeper.pid, signal.SIGTERM)

    def stop(self) -> None:
        """It is gone, with everything that it started and its directory."""
        if self._keeper.poll() is None:
            os.killpg(self._keeper.pid, signal.SIGKILL)
        self._keeper.wait(PATIENCE)
        if self._keeper.stdin:
            self._keeper.stdin.close()
        shutil.rmtree(self.directory, ignore_errors=True)
