from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from catalog.importing.exceptions import ImportRefused
from catalog.services.importing import Counts
from catalog.services.importing_categories import import_categories
from shop.exceptions import DomainError


class Command(BaseCommand):
    help = (
        "Create the categories that a CSV or XLSX file names in its column path, as "
        "A > B > C; parents are created as needed. One bad row stops everything."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a .csv or .xlsx file")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            with file.open("rb") as opened:
                counts = import_categories(opened, on_error=self._show_error)
        except ImportRefused as error:
            self.stdout.write(_summary(error.counts))
            raise CommandError(str(error)) from error
        except DomainError as error:
            raise CommandError(f"{file}: {error}") from error
        except OSError as error:
            raise CommandError(
                _("Cannot read %(file)s: %(reason)s")
                % {"file": file, "reason": error.strerror}
            ) from error
        self.stdout.write(_summary(counts))

    def _show_error(self, line: int, reason: str) -> None:
        self.stderr.write(f"line {line}: {reason}")


def _summary(counts: Counts) -> str:
    return (
        f"created {counts.created}, unchanged {counts.unchanged},"
        f" failed {counts.failed}"
    )
