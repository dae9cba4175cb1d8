from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from payments.services import reconcile
from shop.repair import Finding, RepairCommand


class Command(RepairCommand):
    help = "Ask the providers about every payment that is left open."
    clean = _("The providers know nothing that the shop does not.")
    fix_help = "Apply what the providers say, and send undone refunds again."

    def find(self, *, fix: bool) -> Iterable[Finding]:
        return reconcile(fix=fix)
