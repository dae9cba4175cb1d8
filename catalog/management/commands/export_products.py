from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from tqdm import tqdm

from catalog.exporting import export_products
from shop.exceptions import DomainError


class Command(BaseCommand):
    help = (
        "Write every product to a CSV or XLSX file, as import_products reads it: "
        "importing the file again changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="ends with .csv or .xlsx")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        with tqdm(unit=" products", disable=None, leave=False) as bar:

            def show_progress(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            try:
                count = export_products(file, on_progress=show_progress)
            except DomainError as error:
                raise CommandError(f"{file}: {error}") from error
            except OSError as error:
                raise CommandError(
                    _("Cannot write %(file)s: %(reason)s")
                    % {"file": file, "reason": error.strerror}
                ) from error
        self.stdout.write(f"exported {count}")
