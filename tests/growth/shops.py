"""A whole shop on servers that one test has set up as it needs them."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import environ
import httpx
import psycopg

from tests.faults.processes import Process
from tests.faults.shop import CONFIG, environment, manage
from tests.services.launcher import free_port

GOODS = "sku,name,price,stock\nG-1,Старое имя,100,2\nG-2,Другой товар,200,50\n"
# One process: the shop is read in once.
PREPARE = """
import sys, django
from django.core.management import call_command
django.setup()
call_command("migrate", verbosity=0)
call_command("import_products", sys.argv[1])
call_command("ensure_admin")
"""


class Shop:
    """gunicorn with one worker, as these variables make it."""

    def __init__(self, **variables: str) -> None:
        directory = Path(tempfile.mkdtemp(dir=os.environ["TEST_DIRECTORY"]))
        (directory / "workers").mkdir()
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.environment = environment(
            SHOP_URL=self.url, FAULTS_DIRECTORY=str(directory), **variables
        )
        command = [
            *(sys.executable, "-m", "gunicorn", "shop.wsgi"),
            *("--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"),
            *("--workers", "1", "--threads", "4", "--config", str(CONFIG)),
            *("--no-control-socket", "--log-level", "warning"),
        ]
        self.web = Process(command, self.environment)
        self.web.wait_for(lambda: any((directory / "workers").iterdir()), "it serves")

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=30)

    def manage(self, *arguments: str) -> str:
        done = manage(self.environment, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def shop(**variables: str) -> Iterator[Shop]:
    found = Shop(**variables)
    try:
        yield found
    finally:
        found.web.stop()


def prepare(url: str, directory: Path) -> None:
    """The database of this address exists, with the shop's tables and two products."""
    server, _, name = url.rpartition("/")
    rows(f"{server}/postgres", f'CREATE DATABASE "{name}"')  # type: ignore[arg-type]
    goods = directory / "goods.csv"
    goods.write_text(GOODS, encoding="utf-8")
    known = environment(
        DATABASE_URL=url, ADMIN_EMAIL="boss@example.com", ADMIN_PASSWORD="horse-39-x"
    )
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", PREPARE, str(goods)],
        env=known,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr


def rows(url: str, query: LiteralString, *values: Any) -> list[tuple[Any, ...]]:
    """What the database of this address finds."""
    known = environ.Env.db_url_config(url)
    with psycopg.connect(
        host=known["HOST"],
        port=known["PORT"] or None,
        user=known["USER"],
        password=known["PASSWORD"] or None,
        dbname=known["NAME"],
        autocommit=True,
    ) as connection:
        cursor = connection.execute(query, values)
        return cursor.fetchall() if cursor.description else []
