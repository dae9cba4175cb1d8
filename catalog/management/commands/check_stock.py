from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.services.stock import stock_errors


class Command(BaseCommand):
    help = "Prove that every product's stock is the sum of its ledger."

    def handle(self, *args: Any, **options: Any) -> None:
        errors = stock_errors()
        for error in errors:
            self.stdout.write(error)
        if errors:
            raise CommandError(
                ngettext(
                    "The stock of %(n)d product differs from its ledger.",
                    "The stock of %(n)d products differs from their ledgers.",
                    len(errors),
                )
                % {"n": len(errors)}
            )
        self.stdout.write(_("Every product's stock is the sum of its ledger."))
