"""The page of threats names every door that there is, and tests that exist."""

import re
from pathlib import Path

from django.apps import apps

from shop.celery import app as celery
from shop.routes import OFFICE, routes
from telegram_bot import handlers  # noqa: F401 - registers the commands
from telegram_bot.registry import commands as bot_commands

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/THREATS.md").read_text(encoding="utf-8")
# Rows of tables: the first cell names doors, the last one tests.
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ")
]
MODEL = re.compile(r"^/admin/(\w+/\w+)/")


def named(start: str = "/") -> list[str]:
    """What stands in the first cells, without the bot's commands."""
    cells = [row[0] for row in ROWS if not row[0].startswith("bot:")]
    found = [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]
    return [name for name in found if name.startswith(start)]


def doors() -> set[str]:
    """Each address once: /api/v1/ is the same, a model of the back office is one."""
    found = set()
    for route, names in routes():
        if names & OFFICE and (model := MODEL.match(route)):
            app, name = model[1].split("/")
            if name in apps.all_models.get(app, {}):
                route = f"/admin/{app}/{name}"
        found.add(re.sub(r"^/api/v1/", "/api/", route))
    return found


def test_every_address_has_a_line_and_every_line_an_address() -> None:
    assert len(named()) == len({*named()})
    assert {*named()} == doors()


def test_the_look_at_the_addresses_misses_none() -> None:
    found = doors()
    assert {"/health", "/img", "/telegram/webhook/", "/admin/orders/order"} <= found
    assert len(found) > 130


def test_each_line_names_a_test_that_is_there() -> None:
    tests = set(re.findall(r"`(tests/[^`]+)`", PAGE))
    assert len(tests) > 50
    assert {test for test in tests if not (ROOT / test).is_file()} == set()
    without = [
        row[0]
        for row in ROWS
        if row[0].startswith(("`/", "bot:")) and "`tests/" not in row[-1]
    ]
    assert without == []


def test_every_command_has_its_name_there() -> None:
    files = ROOT.glob("*/management/commands/*.py")
    commands = {file.stem for file in files if file.stem != "__init__"}
    [line] = [row for row in PAGE.splitlines() if row.startswith("Commands are for")]
    assert commands == {*re.findall(r"`(\w+)`", line)}


def test_every_command_of_the_bot_has_a_line() -> None:
    cells = [row[0] for row in ROWS if row[0].startswith("bot:")]
    told = {name for cell in cells for name in re.findall(r"`/(\w+)`", cell)}
    assert told == {*bot_commands}


def test_queues_carry_json_alone() -> None:
    assert celery.conf.accept_content == ("json",)
    assert celery.conf.task_serializer == celery.conf.result_serializer == "json"
