"""The schema goes forward, and back, as the contract promises of `migrate`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# From the top of the house down, each app alone, and up again.
THERE_AND_BACK = """
import django
from django.core.management import call_command
django.setup()
call_command("migrate", verbosity=0)
for app in ("orders", "cart", "catalog", "events", "accounts", "shop"):
    call_command("migrate", app, "zero", verbosity=0)
call_command("migrate", verbosity=0)
"""


@pytest.mark.embedded
def test_every_app_goes_back_and_forward_again(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "SECRET_KEY": "for-tests-only-" + "x" * 40,
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
        "DJANGO_SETTINGS_MODULE": "shop.settings",
    }
    done = subprocess.run(  # noqa: S603 - a database of its own needs a process
        [sys.executable, "-c", THERE_AND_BACK],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
