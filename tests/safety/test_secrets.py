"""Secrets come as files, as container platforms hand them over."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Every variable that is, or holds, a secret, and where the settings have it.
SECRETS = {
    "SECRET_KEY": ("from-a-file-" + "k" * 40, "settings.SECRET_KEY"),
    "AUTH_JWT_SECRET": ("jwt-secret", 'settings.SIMPLE_JWT["SIGNING_KEY"]'),
    "ADMIN_PASSWORD": ("pass word ", "settings.ADMIN_PASSWORD"),
    "PAYMENT_CALLBACK_SECRET": ("callback", "settings.PAYMENT_CALLBACK_SECRET"),
    "TELEGRAM_BOT_TOKEN": ("1:token", "settings.TELEGRAM_BOT_TOKEN"),
    "TELEGRAM_WEBHOOK_SECRET": ("hook", "settings.TELEGRAM_WEBHOOK_SECRET"),
    "DATABASE_URL": (
        "postgres://shop:p%40ss@db/shop",
        'settings.DATABASES["default"]["PASSWORD"]',
    ),
    "REDIS_URL": ("redis://:secret@redis/0", "settings.REDIS_URL"),
    "RABBITMQ_URL": ("amqp://shop:secret@rabbit/", "settings.RABBITMQ_URL"),
    "DATABASE_REPLICA_URL": (
        "postgres://shop:replica@standby/shop",
        'settings.DATABASES["replica"]["PASSWORD"]',
    ),
    "DATABASE_DIRECT_URL": (
        "postgres://shop:direct@db/shop",
        'settings.DATABASES["direct"]["PASSWORD"]',
    ),
    "METRICS_TOKEN": ("metrics", "settings.METRICS_TOKEN"),
    "SENTRY_DSN": ("https://key@errors.example/1", "settings.SENTRY_DSN"),
    "AWS_ACCESS_KEY_ID": ("aws-id", "settings.AWS_ACCESS_KEY_ID"),
    "AWS_SECRET_ACCESS_KEY": ("aws-secret", "settings.AWS_SECRET_ACCESS_KEY"),
    "EMAIL_URL": ("smtp://u:letters@mail:25", "settings.EMAIL_HOST_PASSWORD"),
}
READ = {
    "DATABASE_URL": "p@ss",
    "DATABASE_REPLICA_URL": "replica",
    "DATABASE_DIRECT_URL": "direct",
    "EMAIL_URL": "letters",
}
# Without a developer's .env, as the tests have it.
PROGRAM = """
import environ
environ.Env.read_env = classmethod(lambda *args, **kwargs: None)
from shop import settings
for value in ({values}):
    print(repr(value))
"""


def start(files: dict[str, str], *values: str) -> Any:
    """The settings in a process of their own, with nothing but these variables."""
    return subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", PROGRAM.format(values="".join(f"{v}," for v in values))],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **files},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_every_secret_may_be_a_file(tmp_path: Path, end: str) -> None:
    """With the line break of an editor, or without it."""
    # Only with a pooler is there a way past it.
    files = {"DATABASE_POOLER": "transaction"}
    for name, (value, _setting) in SECRETS.items():
        file = tmp_path / name.lower()
        file.write_bytes(f"{value}{end}".encode())
        files[f"{name}_FILE"] = str(file)

    done = start(files, *(setting for _, setting in SECRETS.values()))

    wanted = [repr(READ.get(name, value)) for name, (value, _) in SECRETS.items()]
    assert done.stdout.splitlines() == wanted, done.stderr


def test_the_file_wins_over_the_variable(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("of the file\n")
    key = {"SECRET_KEY": "of the environment", "SECRET_KEY_FILE": f"{tmp_path}/key"}
    assert start(key, "settings.SECRET_KEY").stdout == "'of the file'\n"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    key = {"SECRET_KEY": "x" * 50}
    missing = start({**key, "REDIS_URL_FILE": f"{tmp_path}/no"}, "1")
    folder = start({**key, "REDIS_URL_FILE": str(tmp_path)}, "1")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    binary = start({**key, "REDIS_URL_FILE": f"{tmp_path}/binary"}, "1")

    for done in (missing, folder, binary):
        assert done.returncode == 1
        last = done.stderr.splitlines()[-1]
        assert re.search(
            r"ImproperlyConfigured: REDIS_URL_FILE names no file that can be read: ",
            last,
        )


def test_no_secret_is_forgotten_here() -> None:
    """Whatever is called so, or holds a password in an address."""
    settings = (ROOT / "shop/settings.py").read_text(encoding="utf-8")
    named = set(re.findall(r'\benv\.\w+\(\s*"(\w+)"', settings))
    words = re.compile(r"SECRET|PASSWORD|TOKEN|_KEY(_ID)?\b|_DSN\b")
    shop_s_own = {"SHOP_URL", "SHOP_PRIVACY_URL", "TELEGRAM_API_URL", "SECRETS_DIR"}
    shop_s_own |= {"AWS_S3_ENDPOINT_URL", "PAYMENT_EMULATOR_URL"}
    secret = {n for n in named if words.search(n) or n.endswith("_URL")} - shop_s_own
    assert secret == set(SECRETS)
