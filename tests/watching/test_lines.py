"""What a line looks like, and where it goes."""

import json
import logging
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import IntegrityError, OperationalError

from shop.watching.handlers import SharedFile
from shop.watching.logs import Options, configuration
from shop.watching.redacting import describe, redact, trace
from tests.watching.conftest import Logs

ROOT = Path(__file__).resolve().parents[2]
logger = logging.getLogger("shop.tests")


def test_a_line_of_json_has_its_fields_and_its_traceback(logs: Logs) -> None:
    try:
        try:
            int("secret")
        except ValueError as error:
            raise LookupError("no such thing") from error
    except LookupError:
        logger.exception("it broke in %s", "the\nmiddle\u2028of it")
    [text] = logs.file("error").splitlines()
    line = json.loads(text)
    assert list(line) == ["time", "level", "logger", "event", "pid", "exception"]
    assert line["event"] == "it broke in the\nmiddle\u2028of it"
    assert (line["level"], line["logger"]) == ("error", "shop.tests")
    told = line["exception"].splitlines()
    assert "ValueError: invalid literal for int() with base 10: •••" in told
    assert told[-1] == "LookupError: no such thing"
    assert '    int("secret")' in told and "… caused:" in told
    assert logs.file("shop") == logs.file("error") == logs.console()


def test_nobody_forges_a_line_of_the_console(make_logs: Callable[..., Logs]) -> None:
    logs = make_logs("console")
    logger.warning("asked for %s", "x\n2026-01-01 ERROR shop: \x1b[31mforged")
    [line] = logs.file().splitlines()
    assert line.endswith(f"pid={logging.os.getpid()}")
    assert " WARNING shop.tests: asked for x\\n2026-01-01 ERROR shop: \\x1b[31m" in line


def test_structlogs_own_lines_are_the_same(logs: Logs) -> None:
    structlog.get_logger("shop.tests").info("order placed", email="a@b.kz", pieces=3)
    [line] = logs.lines()
    assert line["event"] == "order placed" and line["pieces"] == 3
    assert line["email"] == "•••" and line["logger"] == "shop.tests"


def test_files_have_info_whatever_the_console_has(
    make_logs: Callable[..., Logs],
) -> None:
    logs = make_logs(level="ERROR")
    logger.debug("one")
    logger.info("two")
    logger.error("three")
    assert [line["event"] for line in logs.lines()] == ["two", "three"]
    assert [line["event"] for line in logs.lines("error")] == ["three"]
    assert [json.loads(line)["event"] for line in logs.console().splitlines()] == [
        "three"
    ]


def test_libraries_say_nothing_below_info(make_logs: Callable[..., Logs]) -> None:
    """What they say then holds parameters, headers and bodies."""
    logs = make_logs(level="DEBUG")
    for name in ("django.db.backends", "celery.worker", "psycopg", "botocore", "x"):
        logging.getLogger(name).debug("a body")
    logger.debug("ours")
    assert [json.loads(line)["event"] for line in logs.console().splitlines()] == [
        "ours"
    ]


@pytest.mark.parametrize(
    "options",
    [{"style": "xml"}, {"level": "LOUD"}, {"max_mb": 0}, {"keep": 0}],
)
def test_what_cannot_be_meant_is_said_at_the_start(options: dict) -> None:
    with pytest.raises(ImproperlyConfigured):
        Options(**options)


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    options = Options(directory=str(tmp_path / "file" / "logs"))
    with pytest.raises(ImproperlyConfigured, match="LOG_DIR"):
        configuration(options, tasks_are_news=True)


def test_a_line_that_cannot_be_written_stops_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").mkdir()
    handler = SharedFile(str(tmp_path / "logs" / "shop.log"), 1000, 2)
    shutil.rmtree(tmp_path / "logs")
    record = logging.LogRecord("x", 40, "", 1, "to %s", ("a@b.kz",), None)
    handler.handle(record)
    assert capsys.readouterr().err == "a log line is lost: FileNotFoundError\n"


WRITER = """
import logging, sys
from shop.watching.handlers import SharedFile
handler = SharedFile(sys.argv[1], int(sys.argv[2]), 50)
for number in range(int(sys.argv[4])):
    said = f"{sys.argv[3]}-{number:05} " + "x" * (number % 90)
    handler.handle(logging.LogRecord("w", 20, "", 1, said, None, None))
"""


def test_processes_share_a_file_and_lose_no_line(tmp_path: Path) -> None:
    path, most = tmp_path / "shop.log", 20_000
    writers = [
        subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-c", WRITER, path, str(most), str(number), "2000"],
            cwd=ROOT,
        )
        for number in range(4)
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0, 0]
    files = [path, *tmp_path.glob("shop.log.[0-9]*")]
    written = [line for file in files for line in file.read_text().splitlines()]
    expected = {
        f"{writer}-{number:05} " + "x" * (number % 90)
        for writer in range(4)
        for number in range(2000)
    }
    assert len(written) == 8000 and set(written) == expected
    assert len(files) > 10
    # Full within a few lines of the others.
    assert max(file.stat().st_size for file in files) <= most + 4 * 100


def test_the_oldest_file_goes(tmp_path: Path) -> None:
    handler = SharedFile(str(tmp_path / "a"), 10, keep=2)
    for word in ("one", "two", "three", "four"):
        record = logging.LogRecord("x", 20, "", 1, f"{word} word", None, None)
        handler.handle(record)
    handler.close()
    names = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert names == {
        "a": "four word\n",
        "a.1": "three word\n",
        "a.2": "two word\n",
        "a.lock": "",
    }


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("to айгерим@почта.қаз now", "to ••• now"),
        ("to o'brien+x@mail.example.com.", "to •••."),
        ("call +7 (701) 555-09-17 or 87015550917", "call ••• or •••"),
        ("redis://user:pass@cache:6379/0", "redis://•••@cache:6379/0"),
        ("GET https://x.example/a?token=1&b=2 failed", "GET https://x.example/a?•••"),
        ("Authorization: Bearer abcdef123456", "Authorization: •••"),
        ("bearer eyJhbGciOi.eyJzdWIi.c2ln", "bearer •••"),
        ("{'password': 'a b', 'sku': 'A-1'}", "{'password': •••, 'sku': 'A-1'}"),
        ("/bot123456789:AAbbCCddEEffGGhhIIjjKK/x", "/•••/x"),
        ("/password-reset/MQ/d0abc1-0123456789abcdef0123456789abcdef/",
         "/password-reset/MQ/•••/"),
        ("Invalid request from ip=10.0.0.7: x", "Invalid request from ip=•••: x"),
        # what helps stays
        ("order 0196b5a8-7c3e-7abc-8def-0123456789ab at 2026-11-28 16:20:11.443",) * 2,
        ("№ 1234567, 244.500,53 ₸, connection to 10.0.0.5:5432 refused",) * 2,
    ],
)  # fmt: skip
def test_what_looks_personal_is_taken_out(said: str, written: str) -> None:
    assert redact(said).startswith(written)


@pytest.mark.parametrize(
    ("error", "written"),
    [
        (KeyError("Айгерим"), "KeyError: •••"),
        (AttributeError("'NoneType' object has no attribute 'pk'"),
         "AttributeError: 'NoneType' object has no attribute 'pk'"),
        (TypeError("f() got an unexpected keyword argument 'price'"),
         "TypeError: f() got an unexpected keyword argument 'price'"),
        (ValidationError("Айгерим is no number"), "ValidationError"),
        (IntegrityError(
            'null value in column "email" of relation "accounts_user" violates\n'
            "DETAIL:  Failing row contains (1, Айгерим)."),
         'IntegrityError: null value in column "email" of relation "accounts_user" '
         "violates"),
        (OperationalError(
            'connection to server at "10.0.0.5", port 5432 failed: timeout'),
         'OperationalError: connection to server at "10.0.0.5", port 5432 failed: '
         "timeout"),
        (OperationalError('invalid input syntax for type uuid: "Aigerim"'),
         "OperationalError: invalid input syntax for type uuid: •••"),
    ],
)  # fmt: skip
def test_an_exception_keeps_what_helps(error: Exception, written: str) -> None:
    assert describe(error) == written


def test_a_group_of_exceptions_tells_each() -> None:
    group = ExceptionGroup("two", [ValueError("one"), KeyError("x@y.kz")])
    told = trace(group).splitlines()
    assert told[-1] == "KeyError: •••" and "ValueError: one" in told
