#!/usr/bin/env python3
"""Exit 0 if the process of this container is alive.

`healthcheck.py web [PORT]` asks the web server, `healthcheck.py beat` the file of beat.
For a container engine. It asks for nothing but the standard library, so it costs next
to nothing; whether the parts of the shop answer is what `/health` says.
"""

import os
import sys
import time
import urllib.request
from pathlib import Path

# Seconds: beat writes its schedule every three minutes.
STALE = 600


def web(port: str = "8000") -> None:
    with urllib.request.urlopen(  # nosec B310
        f"http://127.0.0.1:{port}/health/live", timeout=5
    ) as answer:
        if answer.status != 200:
            sys.exit(f"/health/live answers {answer.status}")


def beat() -> None:
    schedule = Path(os.environ["BEAT_SCHEDULE_FILE"])
    # SQLite below it writes beside the file first.
    written = [
        path.stat().st_mtime for path in schedule.parent.glob(f"{schedule.name}*")
    ]
    if not written or time.time() - max(written) > STALE:
        sys.exit(f"{schedule} was not written for {STALE} seconds")


if __name__ == "__main__":
    name, *rest = sys.argv[1:] or ["web"]
    {"web": web, "beat": beat}[name](*rest)
