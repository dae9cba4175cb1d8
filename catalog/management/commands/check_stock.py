from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from catalog.services.stock import check_stock
from shop.repair import Finding, RepairCommand


class Command(RepairCommand):
    help = "Prove that every product's stock is the sum of its ledger."
    clean = _("Every product's stock is the sum of its ledger.")
    fix_help = "Set the stock to what the ledger says, where that can be."

    def find(self, *, fix: bool) -> Iterable[Finding]:
        return check_stock(fix=fix)
