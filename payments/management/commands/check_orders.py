from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from payments.services import check_orders
from shop.repair import Finding, RepairCommand


class Command(RepairCommand):
    help = "Prove that orders, their history, money and stock tell one story."
    clean = _("Every order adds up.")
    fix_help = "Mend what can only be mended in one way."

    def find(self, *, fix: bool) -> Iterable[Finding]:
        return check_orders(fix=fix)
