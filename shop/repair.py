"""What `check_…` commands share: a list of what is wrong, and how it is mended."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


@dataclass(frozen=True)
class Finding:
    """Something that should not be, as a sentence; mended already, or not."""

    text: str
    fixed: bool = False


class RepairCommand(BaseCommand):
    """Prints every finding; exits with 1 while there is one that is not mended."""

    # What is said when there is nothing to say.
    clean: Any = ""
    fix_help = ""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fix", action="store_true", help=self.fix_help)

    def find(self, *, fix: bool) -> Iterable[Finding]:
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        left = found = 0
        for finding in self.find(fix=options["fix"]):
            found += 1
            left += not finding.fixed
            mended = _("%(text)s (mended)") % {"text": finding.text}
            self.stdout.write(mended if finding.fixed else finding.text)
        if left:
            raise CommandError(
                ngettext("%(n)d thing is wrong.", "%(n)d things are wrong.", left)
                % {"n": left}
            )
        if not found:
            self.stdout.write(str(self.clean))
