import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from tqdm import tqdm

from catalog.importing.exceptions import BadTemplate, ImportRefused
from catalog.services.importing import Counts, import_products
from shop.exceptions import DomainError


class Command(BaseCommand):
    help = (
        "Create and update products from a CSV or XLSX file, by SKU. Columns: sku, "
        "name, category (path with >), template, price, stock, description, images "
        "(separated by |), is_active, name_kk and so on; every other column is an "
        "attribute. A missing column changes nothing. An empty cell empties what may "
        "be empty and keeps what may not (name, price, stock, is_active)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a .csv or .xlsx file")
        parser.add_argument(
            "--template",
            type=Path,
            metavar="FILE.json",
            help='a spec template to make or renew: {"name": …, "schema": …}',
        )
        parser.add_argument(
            "--skip-errors",
            action="store_true",
            help="leave bad rows out; without it one bad row stops everything",
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="say what would happen, change nothing",
        )

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            counts = self._import(file, options)
        except ImportRefused as error:
            self.stdout.write(str(error.counts))
            raise CommandError(str(error)) from error
        except BadTemplate as error:
            raise CommandError(f"{options['template']}: {error}") from error
        except DomainError as error:
            raise CommandError(f"{file}: {error}") from error
        except OSError as error:
            raise CommandError(
                _("Cannot read %(file)s: %(reason)s")
                % {"file": error.filename or file, "reason": error.strerror}
            ) from error
        if options["dry_run"]:
            self.stdout.write(_("A dry run: nothing was changed."))
        self.stdout.write(str(counts))

    def _import(self, file: Path, options: dict[str, Any]) -> Counts:
        template = _read_json(options["template"])
        # A bar for people who watch, nothing in logs.
        with (
            tqdm(unit=" rows", disable=None, leave=False) as bar,
            file.open("rb") as opened,
        ):

            def show_progress(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            def show_error(line: int, reason: str) -> None:
                with tqdm.external_write_mode(file=sys.stderr):
                    self.stderr.write(f"line {line}: {reason}")

            return import_products(
                opened,
                template=template,
                skip_errors=options["skip_errors"],
                dry_run=options["dry_run"],
                on_error=show_error,
                on_progress=show_progress,
            )


def _read_json(path: Path | None) -> Any:
    if path is None:
        return None
    try:
        return json.loads(path.read_text(encoding="utf-8-sig")) or {}
    except (ValueError, RecursionError) as error:
        raise CommandError(_("%(file)s is not JSON.") % {"file": path}) from error
