"""The pytest plugin that puts real servers under the tests.

It is loaded by `-p` in pyproject.toml, so that it runs before pytest-django reads the
settings: by then DATABASE_URL and REDIS_URL name servers that answer.

`TEST_DATABASE_URL`, `TEST_REDIS_URL`, `TEST_RABBITMQ_URL` point elsewhere;
`TEST_SERVICES=binaries` passes over the servers that run already,
`TEST_SERVICES=wheels` over the installed ones too; `REQUIRE_SERVICES=1` turns what is
missing into a failure.
"""

import atexit
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from uuid import UUID

import pytest

from tests.services import Missing, chromium, pgbouncer, postgresql, rabbitmq, redis

ROOT = Path(__file__).resolve().parents[2]
# What a test may ask for by a marker, and the variable that tells it is there.
FOUND = {
    "postgres": "TEST_FOUND_POSTGRES",
    "redis": "TEST_FOUND_REDIS",
    "rabbitmq": "TEST_FOUND_RABBITMQ",
    "pgbouncer": "TEST_FOUND_PGBOUNCER",
    "browser": "TEST_FOUND_BROWSER",
}
LONGEST_ID = 60
SOME_UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
reasons: dict[str, str] = {}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--embedded",
        action="store_true",
        help="run on what `make run` runs on: SQLite, no Redis, no RabbitMQ",
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config,
) -> Generator[None, None, None]:
    # A wrapper goes before the plain hook in which pytest-django reads the settings.
    options = early_config.known_args_namespace
    if not (options.help or options.version):
        if "PYTEST_XDIST_WORKER" not in os.environ:
            _forget_the_shop_of(os.environ)
            _prepare(embedded=options.embedded)
        _prepare_process()
    return (yield)


def _forget_the_shop_of(environment: "os._Environ[str]") -> None:
    """Drop every variable of the shop: a developer's own must not change a test."""
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    for name in re.findall(r"^#?([A-Z0-9_]+)=", example, re.MULTILINE):
        environment.pop(name, None)
        environment.pop(f"{name}_FILE", None)


def _prepare(*, embedded: bool) -> None:
    """Find or start every service, once for all workers, and say where it is."""
    directory = tempfile.mkdtemp(prefix="duken-tests-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    os.environ["TEST_DIRECTORY"] = directory
    os.environ["DATABASE_URL"] = f"sqlite:///{directory}/shop.sqlite3"
    if embedded:
        return
    where = os.environ.get("TEST_SERVICES", "any")
    if where not in {"any", "binaries", "wheels"}:
        raise pytest.UsageError("TEST_SERVICES is any, binaries or wheels.")
    told = {name: os.environ.get(f"TEST_{name}_URL", "") for name in _TELLABLE}
    _find("postgres", lambda: postgresql.provide(told["DATABASE"], where))
    _find("redis", lambda: redis.provide(told["REDIS"], where))
    _find("rabbitmq", lambda: rabbitmq.provide(told["RABBITMQ"]))
    _find("pgbouncer", pgbouncer.provide)
    _find("browser", chromium.provide)
    if reasons and os.environ.get("REQUIRE_SERVICES") == "1":
        raise pytest.UsageError(f"REQUIRE_SERVICES=1, but {_sentence(reasons)}.")
    if found := os.environ.get(FOUND["postgres"]):
        os.environ["DATABASE_URL"] = found


_TELLABLE = ("DATABASE", "REDIS", "RABBITMQ")


def _find(name: str, provide: Callable[[], str]) -> None:
    try:
        os.environ[FOUND[name]] = provide()
    except Missing as missing:
        reasons[name] = str(missing)


def _sentence(reasons: dict[str, str]) -> str:
    return "; ".join(reasons.values())


def _prepare_process() -> None:
    """What each process needs for itself: its own Redis database, its own folder."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    directory = os.environ["TEST_DIRECTORY"]
    media = Path(directory) / worker / "media"
    media.mkdir(parents=True)
    os.environ["TEST_MEDIA_ROOT"] = str(media)
    if server := os.environ.get(FOUND["redis"]):
        os.environ["REDIS_URL"] = redis.own_database(server, directory)


def pytest_report_header(config: pytest.Config) -> str:
    if config.option.embedded:
        return "services: none (the embedded default, on SQLite)"
    places = [
        f"{name}: {_without_password(os.environ.get(variable) or 'missing')}"
        for name, variable in FOUND.items()
    ]
    return f"services: {', '.join(places)}"


def _without_password(url: str) -> str:
    return re.sub(r":[^:/@]*@", "@", url)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Short names that are the same in every run: workers compare them."""
    if isinstance(val, bytes | UUID):
        return argname
    if isinstance(val, str) and (len(val) > LONGEST_ID or SOME_UUID.search(val)):
        return argname
    return None


def pytest_itemcollected(item: pytest.Item) -> None:
    """Tests that start a whole shop take the machine: one worker has all of them."""
    if {"faults", "stack"} & set(item.path.parts):
        item.add_marker(pytest.mark.xdist_group("whole-shops"))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    def unwanted(item: pytest.Item) -> bool:
        markers = {mark.name for mark in item.iter_markers()}
        if config.option.embedded:
            return bool(markers & FOUND.keys())
        return "embedded" in markers

    config.hook.pytest_deselected(items=[item for item in items if unwanted(item)])
    items[:] = [item for item in items if not unwanted(item)]
    for item in items:
        for name, variable in FOUND.items():
            if item.get_closest_marker(name) and variable not in os.environ:
                why = reasons.get(name, f"{name} was not found")
                item.add_marker(pytest.mark.skip(reason=why))
    # Playwright's event loop stays in the main thread once it is there, and Django
    # would refuse the queries of every later test.
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """With REQUIRE_SERVICES=1 nothing skips: a skip fails the run."""
    if exitstatus == pytest.ExitCode.OK and _forbidden_skips(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if skips := _forbidden_skips(config):
        terminalreporter.line(
            f"REQUIRE_SERVICES=1 lets nothing skip: {skips} did.", red=True
        )


def _forbidden_skips(config: pytest.Config) -> int:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("REQUIRE_SERVICES") != "1" or not reporter:
        return 0
    return len(reporter.stats.get("skipped", []))
