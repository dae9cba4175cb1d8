"""What the bench runs on: PostgreSQL and Redis of this machine, and a real gunicorn.

Nothing of Django is imported here: the settings are read after this is done.
"""

import http.client
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import environ
import psycopg
from psycopg import sql

from tests.services import Missing, postgresql, rabbitmq, redis
from tests.services.launcher import free_port, launch, new_directory

ROOT = Path(__file__).resolve().parents[1]
# The processes and threads of the server that is measured.
WORKERS, THREADS = 2, 4


@contextmanager
def environment(*, broker: bool = False) -> Iterator[None]:
    """DATABASE_URL and REDIS_URL name what is ours alone, until the end.

    `BENCH_DATABASE_URL` and `BENCH_REDIS_URL` name servers; without them, those of
    this machine are found or started. Without Redis the carts live in the database.
    With `broker` RABBITMQ_URL is `BENCH_RABBITMQ_URL`, or this machine's; raises
    Missing if there is none.
    """
    os.environ.pop("DATABASE_URL_FILE", None)
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    for name in re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE):
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    url = postgresql.provide(os.environ.get("BENCH_DATABASE_URL", ""), "any")
    # The name is one that no test run and no other bench holds now.
    url = url.replace("/duken_", "/duken_bench_")
    with tempfile.TemporaryDirectory(prefix="duken-bench-") as directory:
        try:
            server = redis.provide(os.environ.get("BENCH_REDIS_URL", ""), "any")
            os.environ["REDIS_URL"] = redis.own_database(server, directory)
        except Missing as missing:
            sys.stderr.write(f"Carts in the database: {missing}.\n")
        if broker:
            asked = os.environ.get("BENCH_RABBITMQ_URL", "")
            os.environ["RABBITMQ_URL"] = rabbitmq.provide(asked)
        os.environ["DATABASE_URL"] = url
        os.environ["BENCH_MEDIA"] = directory
        _drop_database(url)
        _on_server(url, "CREATE DATABASE {}")
        try:
            yield
        finally:
            _drop_database(url)


@contextmanager
def one_more_database() -> Iterator[str]:
    """The name of another empty database beside that of DATABASE_URL, until the end."""
    url = os.environ["DATABASE_URL"].replace("/duken_bench_", "/duken_bench_more_")
    _drop_database(url)
    _on_server(url, "CREATE DATABASE {}")
    try:
        yield environ.Env.db_url_config(url)["NAME"]
    finally:
        _drop_database(url)


def start_shop() -> int:
    """The port of a gunicorn that answers; it ends when this process does."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "shop.wsgi", "--chdir", str(ROOT)]
    command += ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    command += ["--workers", str(WORKERS), "--threads", str(THREADS)]
    # Clients keep their connections while others are measured.
    command += ["--keep-alive", "60", "--no-control-socket", "--log-level", "warning"]
    launch(command, new_directory(), lambda: _answers(port))
    return port


def _answers(port: int) -> bool:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        client.request("GET", "/health/live")
        return client.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        client.close()


def _drop_database(url: str) -> None:
    _on_server(url, "DROP DATABASE IF EXISTS {} WITH (FORCE)")


def _on_server(url: str, statement: str) -> None:
    parts = environ.Env.db_url_config(url)
    with psycopg.connect(
        host=parts["HOST"],
        port=parts["PORT"] or None,
        user=parts["USER"],
        password=parts["PASSWORD"] or None,
        dbname="postgres",
        autocommit=True,
    ) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(parts["NAME"])))
