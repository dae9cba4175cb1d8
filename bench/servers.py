"""What the bench runs on: PostgreSQL and Redis of this machine, and a real gunicorn.

Nothing of Django is imported here: the settings are read after this is done.
"""

import http.client
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import environ
import psycopg
from psycopg import sql

from tests.services import Missing, postgresql, rabbitmq, redis
from tests.services.launcher import free_port, launch, new_directory

ROOT = Path(__file__).resolve().parents[1]
# The processes and threads of the server that is measured.
WORKERS, THREADS = 2, 4
# Connections that may be open at a time.
CLIENTS = 16
# How the image tells glibc to deal with memory (Dockerfile).
MEMORY = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "4194304",
    "MALLOC_TRIM_THRESHOLD_": "4194304",
}
# A view of the bench's own that answers two bytes.
FLOOR = "/bench/floor"


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
    for name in re.findall(r"^#?([A-Z0-9_]+)=", example, re.MULTILINE):
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
    os.environ.update(MEMORY, DJANGO_SETTINGS_MODULE="bench.settings")
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


def start_shop(application: str = "shop.wsgi", ask: str = "/health/live") -> int:
    """The port of a gunicorn that answers; it ends when this process does."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", application, "--chdir", str(ROOT)]
    command += ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    command += ["--workers", str(WORKERS), "--threads", str(THREADS)]
    # Else one worker may accept all connections, and the others have nothing to do for
    # as long as these are kept: figures of the whole server or of half, by chance.
    command += ["--worker-connections", str(CLIENTS // WORKERS)]
    # Clients keep their connections while others are measured.
    command += ["--keep-alive", "60", "--no-control-socket", "--log-level", "warning"]
    launch(command, new_directory(), lambda: _answers(port, ask))
    return port


def settle(port: int) -> None:
    """Whoever hung up before has been answered and forgotten: all places are free."""
    clients = [
        http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for _ in range(CLIENTS)
    ]
    try:
        for client in clients:
            client.request("GET", FLOOR)
            client.getresponse().read()
    finally:
        for client in clients:
            client.close()


def workers_of(port: int) -> list[int]:
    """The process ids of the workers of `start_shop`, the master not among them."""
    bound = f"127.0.0.1:{port}".encode()
    commands = {
        int(found.parent.name): _read(found)
        for found in Path("/proc").glob("[0-9]*/cmdline")
    }
    ours = {pid for pid, said in commands.items() if b"gunicorn\0" in said}
    ours = {pid for pid in ours if bound in commands[pid].split(b"\0")}
    # The keeper names the command too, as a part of its own.
    ours = {pid for pid in ours if b"keeper.py" not in commands[pid]}
    return sorted(pid for pid in ours if _parent(pid) in ours)


def stop(port: int) -> None:
    """The server of this port has ended, and its connections with it."""
    pids = workers_of(port)
    with suppress(ProcessLookupError):
        os.kill(_parent(pids[0]), signal.SIGTERM)
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        time.sleep(0.02)


def _parent(pid: int) -> int:
    # The name in brackets may have spaces; the parent is the second after it.
    said = _read(Path(f"/proc/{pid}/stat")).rpartition(b")")[2].split()
    return int(said[1]) if said else 0


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _answers(port: int, path: str) -> bool:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        client.request("GET", path)
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
