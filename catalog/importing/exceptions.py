"""Why a file, or a row of it, is not imported."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from shop.exceptions import DomainError

if TYPE_CHECKING:
    from catalog.services.importing import Counts


class BadFile(DomainError):
    """The file as a whole cannot be used."""

    code = "bad_file"
    status = 400


class BadTemplate(BadFile):
    """The template that goes with the file is none."""


class BadRow(Exception):
    """One row cannot be used; the reasons are sentences."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(*reasons)
        self.reasons = reasons

    def __str__(self) -> str:
        return "; ".join(self.reasons)


class ImportRefused(DomainError):
    """Some rows are bad, so nothing of the file was imported."""

    code = "import_refused"
    status = 400

    def __init__(self, counts: "Counts") -> None:
        super().__init__(
            ngettext_lazy(
                "Nothing was changed: %(n)d row is bad.",
                "Nothing was changed: %(n)d rows are bad.",
                "n",
            )
            % {"n": counts.failed}
        )
        self.counts = counts


class ImportOvertaken(DomainError):
    """Somebody else created one of the products while the file was read."""

    code = "import_overtaken"

    def __init__(self) -> None:
        super().__init__(
            _("Somebody changed the same products meanwhile. Nothing was imported.")
        )
