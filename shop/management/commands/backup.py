from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from shop.backup.making import make_backup
from shop.exceptions import DomainError


class Command(BaseCommand):
    help = "Write the database and the pictures into one file (docs/OPERATIONS.md)."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--to",
            type=Path,
            default=settings.BACKUP_DIR,
            metavar="DIR",
            help="the folder, else BACKUP_DIR",
        )
        parser.add_argument(
            "--keep",
            type=int,
            default=settings.BACKUP_KEEP,
            metavar="N",
            help="leave the newest N backups there, else BACKUP_KEEP; 0 leaves all",
        )
        parser.add_argument(
            "--no-media", action="store_true", help="the database alone"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["keep"] < 0:
            raise CommandError(_("--keep is a number of backups."))
        try:
            made = make_backup(
                options["to"],
                keep=options["keep"],
                with_media=not options["no_media"],
            )
        except (DomainError, OSError) as error:
            raise CommandError(str(error)) from error
        media = made.manifest["media"]
        if media["left_out"] == "elsewhere":
            self.stdout.write(
                _("Pictures are kept in a store elsewhere: they are not in the backup.")
            )
        for name in made.links[:20]:
            self.stderr.write(_("left out, as it is a link: %(name)s") % {"name": name})
        if made.links:
            self.stderr.write(
                _("%(n)d links are not in the backup, nor what is behind them.")
                % {"n": len(made.links)}
            )
        for path in made.removed:
            self.stdout.write(_("removed %(p)s") % {"p": path})
        self.stdout.write(
            _("%(p)s: %(rows)d rows, %(files)d files, %(size)d bytes")
            % {
                "p": made.path,
                "rows": sum(made.manifest["tables"].values()),
                "files": media["files"],
                "size": made.path.stat().st_size,
            }
        )
