"""What the image runs, run here: PostgreSQL, RabbitMQ and the processes are real."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from kombu import Connection

from tests.deploy.papers import ROOT
from tests.deploy.running import ENTRYPOINT, HEALTHCHECK, migrated, run, started
from tests.deploy.two import two_at_once
from tests.faults.processes import wait_until

# Nobody listens at port 1.
NOWHERE = "postgres://nobody@127.0.0.1:1/nothing"


@pytest.mark.postgres
def test_two_start_at_once_on_an_empty_database():
    """They wait until it answers, then for their turn; one migrates, and both serve."""
    with two_at_once() as (database, tables_before, webs):
        assert tables_before == 0

        applied = re.compile(r"^  Applying (\S+)\.\.\. OK$", re.MULTILINE)
        one, two = (applied.findall(web.said) for _, web in webs)
        known = database.rows("SELECT app || '.' || name FROM django_migrations")
        assert sorted(one + two) == sorted(name for (name,) in known)
        # Whoever came second found everything done.
        assert [] in (one, two)
        assert len(known) > 50

        admins = database.rows(
            "SELECT email FROM accounts_user WHERE is_superuser AND is_staff"
        )
        assert admins == [("owner@example.com",)]
        said = "".join(web.said for _, web in webs)
        assert said.count("owner@example.com: created.") == 1
        assert said.count("owner@example.com: is an administrator already.") == 1

        for address, _ in webs:
            assert httpx.get(f"{address}/health", timeout=60).json() == {
                "status": "ok",
                "service": "shop",
                "db": True,
                "redis": None,
                "rabbitmq": None,
            }
        port = webs[0][0].rpartition(":")[2]
        # It has five seconds, which a busy machine may not.
        wait_until(lambda: run(HEALTHCHECK, "web", port).returncode == 0, "it is alive")

        for _, web in webs:
            web.terminate()
        assert [web.exit_code() for _, web in webs] == [0, 0]
        assert run(HEALTHCHECK, "web", port).returncode == 1


@pytest.mark.rabbitmq
@pytest.mark.django_db
def test_a_worker_takes_tasks_and_ends_when_told(rabbitmq_url: str):
    queue = f"image-{uuid4().hex}"
    variables = {"RABBITMQ_URL": rabbitmq_url, "FAULTS_QUEUE": queue}
    words = ("worker", "--hostname", f"{queue}@%h", "--without-mingle")
    try:
        with started(
            *words, DATABASE_URL=migrated(), WORKER_CONCURRENCY="1", **variables
        ) as worker:
            worker.wait_until_said(" ready.")
            assert "concurrency: 1 (prefork)" in worker.said
            worker.terminate()
            assert worker.exit_code() == 0
    finally:
        with Connection(rabbitmq_url) as broker:
            broker.default_channel.queue_delete(queue)


@pytest.mark.django_db
def test_beat_keeps_its_schedule_and_ends_when_told(tmp_path: Path):
    variables = {"BEAT_SCHEDULE_FILE": str(tmp_path / "schedule")}
    assert run(HEALTHCHECK, "beat", **variables).returncode == 1
    with started("beat", DATABASE_URL=migrated(), **variables) as beat:
        wait_until(lambda: list(tmp_path.glob("schedule*")), "beat writes")
        assert run(HEALTHCHECK, "beat", **variables).returncode == 0
        beat.terminate()
        assert beat.exit_code() == 0
    for path in tmp_path.glob("schedule*"):
        os.utime(path, (time.time() - 601,) * 2)
    assert run(HEALTHCHECK, "beat", **variables).returncode == 1


@pytest.mark.django_db
def test_without_a_token_there_is_no_bot():
    done = run(ENTRYPOINT, "bot", DATABASE_URL=migrated())
    assert done.returncode == 1
    assert "TELEGRAM_BOT_TOKEN is not set" in done.stderr


def test_without_its_schema_a_process_does_not_start(tmp_path: Path):
    done = run(
        *(ENTRYPOINT, "web"),
        DATABASE_URL=f"sqlite:///{tmp_path}/shop.sqlite3",
        START_TIMEOUT="0",
    )
    assert done.returncode == 1
    assert re.search(r"Not started: migrations are missing: \d\d+ ", done.stderr)


@pytest.mark.postgres
@pytest.mark.django_db
def test_migrations_go_past_a_pooler_that_a_mounted_file_names_the_way_past(
    tmp_path: Path,
):
    """As Kubernetes and Docker hand secrets over: files of a directory."""
    told = {"DATABASE_URL": NOWHERE, "START_TIMEOUT": "0.1"}
    assert run(ENTRYPOINT, "migrate", **told).returncode == 1
    (tmp_path / "DATABASE_DIRECT_URL").write_text(f"{migrated()}\n")
    done = run(ENTRYPOINT, "migrate", SECRETS_DIR=str(tmp_path), **told)
    assert (done.returncode, done.stderr) == (0, "")
    assert "No migrations to apply." in done.stdout


SIZES = """
import json, os, runpy
from pathlib import Path
from shop import env
env.ROOT = Path.cwd()
before = dict(os.environ)
worker = runpy.run_path({entrypoint!r})["commands"]()["worker"]
unchanged = dict(os.environ) == before
gunicorn = runpy.run_path({gunicorn!r})
print(json.dumps([unchanged, worker[3:], gunicorn["workers"], gunicorn["threads"]]))
"""


def test_sizes_are_read_where_the_settings_read_everything(tmp_path: Path):
    """The environment wins over .env, and that over the files of SECRETS_DIR."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (tmp_path / ".env").write_text(
        f"SECRETS_DIR={secrets}\nWEB_CONCURRENCY=5\nWORKER_CONCURRENCY=9\n"
    )
    (secrets / "WEB_THREADS").write_text("7\n")
    (secrets / "WEB_CONCURRENCY").write_text("6\n")
    program = SIZES.format(
        entrypoint=ENTRYPOINT, gunicorn=str(ROOT / "scripts/gunicorn.production.py")
    )
    names = ("WEB_CONCURRENCY", "WEB_THREADS", "LOG_LEVEL")
    known = {name: value for name, value in os.environ.items() if name not in names}
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**known, "PYTHONPATH": str(ROOT), "WORKER_CONCURRENCY": "3"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    worker = ["worker", "--loglevel", "INFO", "--concurrency", "3"]
    assert json.loads(done.stdout) == [True, worker, 5, 7]


def test_a_database_that_never_answers_is_given_up():
    done = run(ENTRYPOINT, "web", DATABASE_URL=NOWHERE, START_TIMEOUT="0.1")
    assert done.returncode == 1
    assert "Not started: the database does not answer: conn" in done.stderr
    assert done.stderr.strip().endswith("(for 0.1 seconds).")


def test_whoever_waits_ends_at_once_when_told():
    with started("worker", DATABASE_URL=NOWHERE) as waiting:
        waiting.wait_until_said("waiting: the database does not answer")
        waiting.terminate()
        assert waiting.exit_code() == 143


def test_any_other_command_is_run_as_it_is():
    program = "import json, os, sys; print(json.dumps(sys.argv)); sys.exit(7)"
    done = run(ENTRYPOINT, "python3", "-c", program, "a b", DATABASE_URL=NOWHERE)
    assert done.returncode == 7
    assert json.loads(done.stdout) == ["-c", "a b"]
