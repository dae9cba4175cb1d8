"""Lets the tests know which workers serve: one file for each, named by its process."""

import os
from pathlib import Path
from typing import Any

WORKERS = Path(os.environ["FAULTS_DIRECTORY"]) / "workers"


def post_worker_init(worker: Any) -> None:
    WORKERS.joinpath(str(worker.pid)).touch()


def child_exit(server: Any, worker: Any) -> None:
    WORKERS.joinpath(str(worker.pid)).unlink(missing_ok=True)
