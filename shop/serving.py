"""For gunicorn's configuration: one log for all, and figures of all workers together.

    from shop.serving import Logger, child_exit, share_figures

    logger_class = Logger
    share_figures()

gunicorn calls `child_exit` by its name. Nothing here loads the settings: workers do,
so a reload gives them new ones.
"""

import atexit
import logging
import os
import shutil
import tempfile
from logging.config import dictConfig
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger as GunicornLogger

from shop.env import as_the_settings_read_it
from shop.watching.logs import Options, configuration

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"


class Logger(GunicornLogger):
    """gunicorn's own lines are like the shop's, and go where those go."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        dictConfig(configuration(_options(), tasks_are_news=False))
        for logger in (self.error_log, self.access_log):
            for handler in list(logger.handlers):
                logger.removeHandler(handler)
            logger.propagate = True
        # What Python warns of is a line like the others.
        logging.captureWarnings(True)
        # Below INFO it tells addresses, as they were asked for.
        self.error_log.setLevel(max(self.loglevel, logging.INFO))


def _options() -> Options:
    """As the settings read them, which are not loaded here."""
    env = as_the_settings_read_it()
    return Options(
        style=env.str("LOG_FORMAT", default="console"),
        level=env.str("LOG_LEVEL", default="INFO").upper(),
        directory=env.str("LOG_DIR", default=""),
        max_mb=env.int("LOG_FILE_MAX_MB", default=20),
        keep=env.int("LOG_FILE_COUNT", default=5),
    )


def share_figures() -> str:
    """Workers put their figures into one directory, which is empty now; its path.

    To be called in the configuration: before the library is loaded, and by the process
    that all workers are made from. It is PROMETHEUS_MULTIPROC_DIR, or else a new one
    that goes with this process. In memory (/dev/shm) where there is such a place.
    """
    given = os.environ.get(DIRECTORY, "")
    if given:
        path = Path(given)
        path.mkdir(parents=True, exist_ok=True)
        # What a former run counted is over: its counters began at another 0.
        for old in path.glob("*.db"):
            old.unlink(missing_ok=True)
        return given
    memory = Path("/dev/shm")  # noqa: S108 - a new directory of our own in it  # nosec B108
    base = memory if os.access(memory, os.W_OK | os.X_OK) else None
    made = tempfile.mkdtemp(prefix="shop-figures-", dir=base)
    os.environ[DIRECTORY] = made
    owner = os.getpid()

    def remove() -> None:
        if os.getpid() == owner:
            shutil.rmtree(made, ignore_errors=True)

    atexit.register(remove)
    return made


def child_exit(server: Any, worker: Any) -> None:
    """What a worker has counted stays; what it was at is over."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)
