"""The shop's real logging, into a directory of the test's own."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from logging.config import dictConfig
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from shop.watching import context
from shop.watching.logs import Options, configuration


@dataclass
class Logs:
    """What was written, to the files and to the standard output."""

    directory: Path
    capture: Any
    style: str
    said: str = ""

    def console(self) -> str:
        self.said += self.capture.readouterr().out
        return self.said

    def file(self, name: str = "shop") -> str:
        return (self.directory / f"{name}.log").read_text()

    def everything(self) -> str:
        return self.console() + self.file() + self.file("error")

    def lines(self, name: str = "shop") -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.file(name).splitlines()]

    def of(self, logger: str) -> list[dict[str, Any]]:
        return [line for line in self.lines() if line["logger"] == logger]


@pytest.fixture
def make_logs(tmp_path: Path, capsys: Any) -> Iterator[Callable[..., Logs]]:
    # A test before may have called the shop outside of a request, whose end never came.
    context.end()

    def make(style: str = "json", level: str = "INFO") -> Logs:
        options = Options(style=style, level=level, directory=str(tmp_path / "logs"))
        dictConfig(configuration(options, tasks_are_news=True))
        return Logs(tmp_path / "logs", capsys, style)

    yield make
    dictConfig(django_settings.LOGGING)


@pytest.fixture
def logs(make_logs: Callable[..., Logs]) -> Logs:
    return make_logs()
