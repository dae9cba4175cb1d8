from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard import services


class Command(BaseCommand):
    help = (
        "Count the totals of all closed days anew from the orders; with --check, prove "
        "that they are what the orders say."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="change nothing: list the days that differ, and exit with 1 unless "
            "they are known to have changed",
        )
        parser.add_argument(
            "--since",
            type=date.fromisoformat,
            metavar="DATE",
            help="only days from this one on, as 2026-11-28",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"]:
            self._check(options["since"])
        elif services.rebuild_totals(options["since"]):
            self.stdout.write(_("The totals are what the orders say."))
        else:
            raise CommandError(
                _("The totals are being counted already: try again in a minute.")
            )

    def _check(self, since: date | None) -> None:
        found = services.check_totals(since)
        for one in found:
            text = f"{one.day} {one.table}"
            if one.is_known:
                text = _("%(text)s (changed since, and counted soon)") % {"text": text}
            self.stdout.write(text)
        wrong = sum(not one.is_known for one in found)
        if wrong:
            raise CommandError(
                ngettext("%(n)d total is wrong.", "%(n)d totals are wrong.", wrong)
                % {"n": wrong}
            )
        self.stdout.write(_("The totals are what the orders say."))
