"""Where log lines go: the standard output, and files that processes share."""

import fcntl
import logging
import os
import sys
from pathlib import Path
from typing import Any, TextIO

# Commands of manage.py that serve; what another one prints is its answer.
_SERVERS = {"run_telegram_bot", "publish_outbox", "runserver"}


class _Discreet(logging.Handler):
    def handleError(self, record: logging.LogRecord) -> None:
        """A line that cannot be written stops nobody, and is not shown elsewhere.

        The library's own way would print its arguments, as nobody has cleaned them.
        """
        kind = sys.exc_info()[0]
        name = kind.__name__ if kind else "error"
        print(f"a log line is lost: {name}", file=sys.stderr)  # noqa: T201


class Console(_Discreet, logging.StreamHandler[TextIO]):
    """The standard output, as it is at that moment.

    A command that answers on its standard output is not mixed up with its log, which
    then goes to the standard error.
    """

    def __init__(self, **kwargs: Any) -> None:
        logging.Handler.__init__(self, **kwargs)
        program, *arguments = [*sys.argv, ""][:2]
        is_command = Path(program).name == "manage.py"
        self._answers = is_command and arguments[0] not in _SERVERS

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr if self._answers else sys.stdout


class SharedFile(_Discreet):
    """A file that several processes append to, put aside when it is full.

    Each line is one write to a file opened for appending, so lines of processes neither
    mix nor overwrite each other. Whoever finds the file full takes a lock, looks again,
    and renames it to `.1` (`.1` to `.2`, and so on; the oldest goes). The others see at
    their next line that the name leads to another file, and open that: what they wrote
    meanwhile is in the renamed one. So no line is lost, and files are larger than
    `max_bytes` by a few lines at most.
    """

    def __init__(self, path: str, max_bytes: int, keep: int) -> None:
        super().__init__()
        self.path = path
        self.max_bytes, self.keep = max_bytes, keep
        self._file: int | None = None
        self._inode: tuple[int, int] | None = None
        # Opened now: a directory that cannot be written to is found at the start.
        self._open()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = (self.format(record) + "\n").encode("utf-8", "backslashreplace")
            if self._is_full(len(line)):
                self._put_aside(len(line))
            os.write(self._open(), line)
        except Exception:
            self.handleError(record)

    def close(self) -> None:
        self.acquire()
        try:
            self._close_file()
        finally:
            self.release()
        super().close()

    def _is_full(self, more: int) -> bool:
        try:
            size = os.stat(self.path).st_size  # noqa: PTH116 - once for each line
        except FileNotFoundError:
            return False
        return bool(size) and size + more > self.max_bytes

    def _open(self) -> int:
        """The file that the name leads to now."""
        try:
            found = os.stat(self.path)  # noqa: PTH116
            inode = (found.st_dev, found.st_ino)
        except FileNotFoundError:
            inode = None
        if self._file is None or inode != self._inode:
            self._close_file()
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            self._file = os.open(self.path, flags, 0o640)
            found = os.fstat(self._file)
            self._inode = (found.st_dev, found.st_ino)
        return self._file

    def _close_file(self) -> None:
        if self._file is not None:
            os.close(self._file)
        self._file = self._inode = None

    def _put_aside(self, more: int) -> None:
        with open(f"{self.path}.lock", "a") as lock:  # noqa: PTH123
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self._is_full(more):  # somebody else was quicker
                return
            for number in range(self.keep, 1, -1):
                older = Path(f"{self.path}.{number - 1}")
                if older.exists():
                    older.replace(f"{self.path}.{number}")
            Path(self.path).replace(f"{self.path}.1")
