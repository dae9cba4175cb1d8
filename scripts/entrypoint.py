#!/usr/bin/env python3
"""What the image runs: `entrypoint.py web`, `worker`, `beat`, `bot` or `migrate`.

The database answers and has its schema before the process starts (`manage.py
start_up`). Then this program becomes that process, so signals reach it and its exit
code is what its starter sees. Words after the name are handed on: `worker -Q events`.
Any other command is run as it is: `python manage.py check_stock`.
"""

import os
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def commands() -> dict[str, list[str]]:
    """What each process is."""
    from shop.env import as_the_settings_read_it

    env = as_the_settings_read_it()
    celery = ["celery", "--app", "shop"]
    concurrency = env.int("WORKER_CONCURRENCY", default=2)
    level = ["--loglevel", env.str("LOG_LEVEL", default="INFO")]
    return {
        "web": ["gunicorn", "shop.wsgi", "--config", "scripts/gunicorn.production.py"],
        "worker": [*celery, "worker", *level, "--concurrency", str(concurrency)],
        "beat": [*celery, "beat", *level, "--pidfile="],
        "bot": ["manage.py", "run_telegram_bot"],
    }


def prepare(*, migrate: bool) -> None:
    """The database is ready for a process of this release, or the program ends."""
    from django.core.management import execute_from_command_line

    from shop.env import as_the_settings_read_it

    # Not an error: whoever waits is told to stop, and does so at once.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    wish = ["--migrate"] if migrate else []
    told = dict(os.environ)
    # Migrations set things for their session: never through a pooler.
    if direct := as_the_settings_read_it().str("DATABASE_DIRECT_URL", default=""):
        for name in ("DATABASE_URL", "DATABASE_POOLER", "DATABASE_DIRECT_URL"):
            os.environ.pop(f"{name}_FILE", None)
            os.environ[name] = direct if name == "DATABASE_URL" else ""
    execute_from_command_line(["manage.py", "start_up", *wish])
    os.environ.clear()
    os.environ.update(told)


def become(command: list[str]) -> None:
    """This process is that command, of this Python; what was printed is printed."""
    sys.stdout.flush()
    sys.stderr.flush()
    module = [] if command[0].endswith(".py") else ["-m"]
    os.execv(sys.executable, [sys.executable, *module, *command])  # noqa: S606  # nosec B606


def main(name: str = "web", *rest: str) -> None:
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    if name == "migrate":
        prepare(migrate=True)
    elif name in commands():
        prepare(migrate=False)
        become([*commands()[name], *rest])
    else:
        os.execvp(name, [name, *rest])  # noqa: S606 - whoever starts it decides  # nosec B606


if __name__ == "__main__":
    main(*sys.argv[1:])
