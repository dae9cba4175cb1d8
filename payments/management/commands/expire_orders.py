from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import ngettext

from payments.services import expire_orders


class Command(BaseCommand):
    help = "Cancel online orders that were not paid in time; their stock is back."

    def handle(self, *args: Any, **options: Any) -> None:
        n = expire_orders()
        text = ngettext("%(n)d order expired.", "%(n)d orders expired.", n)
        self.stdout.write(text % {"n": n})
