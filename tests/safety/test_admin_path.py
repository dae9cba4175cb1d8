"""The back office moves to another address, and nothing points to the old one."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as real
from django.test import Client

from shop.checks import check_admin_path
from tests.backoffice import office

ROOT = Path(__file__).resolve().parents[2]
# In a process of its own: the URLconf is read once.
PROGRAM = """
import django
django.setup()
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
call_command("check", verbosity=0)
call_command("migrate", verbosity=0)
print(reverse("admin:index"), reverse("dashboard:stats"), reverse("letters:list"))
client = Client()
for path in ("/office/login/", "/admin/", "/admin/login/"):
    print(path, client.get(path).status_code)
print(client.get("/office/stats/")["Location"])
for path in ("/robots.txt", "/sw.js"):
    print(path, b"office" in client.get(path).content)
"""


def run(admin_path: str, program: str) -> Any:
    return subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": f"sqlite:///{os.environ['TEST_DIRECTORY']}/admin-path.sqlite3",
            "ADMIN_PATH": admin_path,
            "LOG_LEVEL": "ERROR",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_it_is_at_its_new_address_only() -> None:
    done = run("office", PROGRAM)

    assert done.stdout.splitlines()[-7:] == [
        "/office/ /office/stats/ /office/letters/",
        "/office/login/ 200",
        "/admin/ 404",
        "/admin/login/ 404",
        "/office/login/?next=/office/stats/",
        "/robots.txt False",
        "/sw.js False",
    ], done.stderr


@pytest.mark.parametrize(
    "path", ["", "a/b", "/admin", "office/", "o ffice", "бэк", "a.b"]
)
def test_what_is_no_part_of_an_address(settings: Any, path: str) -> None:
    settings.ADMIN_PATH = path
    assert [error.id for error in check_admin_path()] == ["shop.E001"]


@pytest.mark.parametrize(
    "path",
    [
        "account",
        "api",
        "auth",
        "cart",
        "catalog",
        "docs",
        "health",
        "i18n",
        "img",
        "login",
        "media",
        "Static",
        "orders",
        "payment",
        "telegram",
    ],
)
def test_what_is_somebody_else_s(settings: Any, path: str) -> None:
    settings.ADMIN_PATH = path
    assert [error.id for error in check_admin_path()] == ["shop.E002"]


@pytest.mark.parametrize("path", ["admin", "office", "back-office_2"])
def test_what_is_free(settings: Any, path: str) -> None:
    settings.ADMIN_PATH = path
    assert check_admin_path() == []


def test_nothing_names_the_address_by_itself() -> None:
    """Templates, scripts and code ask for it by its name."""
    apps = [app for app in real.INSTALLED_APPS if (ROOT / app).is_dir()]
    files = [
        file
        for folder in [*apps, "templates", "static/js", "scripts"]
        for file in (ROOT / folder).rglob("*")
        if file.suffix in {".py", ".html", ".js", ".txt"}
    ]
    assert len(files) > 400
    # Templates and static files of Django's own admin have such a name too.
    address = re.compile(r"""["'=(]/admin/""")
    naming = {
        str(file.relative_to(ROOT))
        for file in files
        if address.search(file.read_text(encoding="utf-8"))
    }
    assert naming == {"shop/routes.py"}


@pytest.mark.django_db
def test_search_engines_leave_it_alone(client: Client) -> None:
    assert office().get("/admin/")["X-Robots-Tag"] == "noindex, nofollow"
    assert "X-Robots-Tag" not in client.get("/")
    assert "Disallow: /admin/" in client.get("/robots.txt").content.decode()
