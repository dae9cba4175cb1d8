"""The entrypoint of the image, as a program of this machine."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from tests.faults.database import Database
from tests.faults.processes import ROOT, Process, wait_until
from tests.faults.shop import environment

ENTRYPOINT = str(ROOT / "scripts/entrypoint.py")
HEALTHCHECK = str(ROOT / "scripts/healthcheck.py")
# The log tells which process it is, and how it ended.
TOLD = '"$@" & echo "pid $!"; wait $!; echo "exit code $?"'


class Entrypoint:
    """It runs, with everything that it said, until it ends by itself or is told to."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._log = process.directory / "server.log"
        self.wait_until_said("pid ")

    @property
    def said(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def wait_until_said(self, text: str) -> None:
        self._process.wait_for(lambda: text in self.said, f"it says {text!r}")

    def terminate(self) -> None:
        """As `docker stop` and Kubernetes do it."""
        found = re.search(r"^pid (\d+)$", self.said, re.MULTILINE)
        assert found
        os.kill(int(found[1]), signal.SIGTERM)

    def exit_code(self) -> int:
        """As soon as it has ended."""
        text = "\nexit code "
        wait_until(lambda: text in self.said, "it ends")
        return int(self.said.rpartition(text)[2].split()[0])


@contextmanager
def started(*words: str, **variables: str) -> Iterator[Entrypoint]:
    """The entrypoint was given these words; in the end it is gone."""
    # Its keeper removes the log when the shell ends: it does not, until it is killed.
    command = ["/bin/sh", "-c", f"{TOLD}; sleep 600", "sh", sys.executable, ENTRYPOINT]
    process = Process([*command, *words], told(**variables))
    try:
        yield Entrypoint(process)
    finally:
        process.stop()


def told(**variables: str) -> dict[str, str]:
    return environment(LOG_LEVEL="INFO", **variables)


def migrated() -> str:
    """The database of the tests, which has the schema of this release."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return Database(name).url


def run(
    script: str, *words: str, **variables: str
) -> "subprocess.CompletedProcess[str]":
    """What a script did that ends by itself."""
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, script, *words],
        env=told(**variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
