"""How the shop logs: the LOGGING of the settings, and of gunicorn before those."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from django.core.exceptions import ImproperlyConfigured

from shop.watching.formatting import FORMATS, OWN

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_FORMATTER = "shop.watching.formatting.make_formatter"


@dataclass(frozen=True)
class Options:
    """LOG_FORMAT, LOG_LEVEL, LOG_DIR, LOG_FILE_MAX_MB and LOG_FILE_COUNT."""

    style: str = "console"
    level: str = "INFO"
    directory: str = ""
    max_mb: int = 20
    keep: int = 5

    def __post_init__(self) -> None:
        if self.style not in FORMATS:
            raise ImproperlyConfigured("LOG_FORMAT is console or json.")
        if self.level not in LEVELS:
            raise ImproperlyConfigured(f"LOG_LEVEL is one of {', '.join(LEVELS)}.")
        if self.max_mb < 1 or self.keep < 1:
            raise ImproperlyConfigured("LOG_FILE_MAX_MB and LOG_FILE_COUNT are over 0.")


def configuration(options: Options, *, tasks_are_news: bool) -> dict[str, Any]:
    """The dictionary that Django, and gunicorn's logger, configure logging by.

    `tasks_are_news`: a worker runs them, and not the process that calls them.
    """
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handlers: dict[str, Any] = {
        "console": {
            "class": "shop.watching.handlers.Console",
            "formatter": "line",
            "level": options.level,
        }
    }
    if options.directory:
        handlers |= _files(options)
    # The files have INFO whatever the console has.
    level = logging.getLevelName(options.level)
    lowest = min(level, logging.INFO) if options.directory else level
    others = max(lowest, logging.INFO)
    quiet = max(others, logging.WARNING)
    # LOG_LEVEL=DEBUG is about the shop's own: what libraries say then holds parameters,
    # headers and bodies.
    loggers: dict[str, Any] = {name: {"level": lowest} for name in OWN}
    loggers |= {
        "django": {"handlers": [], "level": others, "propagate": True},
        # The line of the request says as much, and without the address.
        "django.request": {"level": max(others, logging.ERROR)},
        "django.server": {"handlers": [], "level": quiet, "propagate": True},
        # Whoever asks by a wrong name gets a 400, and that has a line.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # Four lines a login, with the address of whoever signs in.
        "axes": {"level": quiet},
        # That there is no .env, which is no news.
        "environ": {"level": quiet},
        # A line for every call that goes out, which is none of the reader's business.
        "httpx": {"level": quiet},
        # Theirs would hold the bot's token, and what is written to it.
        "urllib3": {"level": quiet},
        "TeleBot": {"level": quiet},
        # A line for each HEAD: Django leaves it to the server to drop the body.
        "gunicorn.http.wsgi": {"level": logging.ERROR},
        # What becomes of a task is told by `shop.watching.tasks`, and without the
        # arguments and the exception's own words.
        "celery.app.trace": {"level": "CRITICAL"},
        "celery.worker.strategy": {"level": quiet},
        # Where tasks run in the process itself, they are no news to whoever started it.
        **(
            {}
            if tasks_are_news
            else {"celery": {"level": quiet}, "kombu": {"level": "ERROR"}}
        ),
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": _FORMATTER, "style": options.style}},
        "handlers": handlers,
        "root": {"handlers": list(handlers), "level": others},
        "loggers": loggers,
    }


def _files(options: Options) -> dict[str, Any]:
    directory = Path(options.directory)
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"LOG_DIR cannot be made: {error.strerror}."
        ) from error
    return {
        name: {
            "class": "shop.watching.handlers.SharedFile",
            "formatter": "line",
            "level": level,
            "path": str(directory / f"{name}.log"),
            "max_bytes": options.max_mb * 1024 * 1024,
            "keep": options.keep,
        }
        for name, level in (("shop", "INFO"), ("error", "ERROR"))
    }
