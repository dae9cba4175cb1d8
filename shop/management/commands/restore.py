from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from catalog.caching import drop_catalog_cache
from shop import marks
from shop.backup import restoring
from shop.backup.making import database
from shop.exceptions import DomainError


class Command(BaseCommand):
    help = (
        "Put a backup back: into an empty database, or with --replace in place of what "
        "is there. Stop the shop first."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--replace", action="store_true", help="what is in the database goes"
        )
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        with restoring.past_a_pooler():
            self._restore(**options)

    def _restore(self, **options: Any) -> None:
        try:
            manifest = restoring.check(options["file"])
            if not options["yes"]:
                self._ask(manifest, replace=options["replace"])
            done = restoring.restore(
                options["file"], manifest, replace=options["replace"]
            )
        except (DomainError, OSError) as error:
            raise CommandError(str(error)) from error
        self._tell(done)
        self._finish()

    def _ask(self, manifest: dict[str, Any], *, replace: bool) -> None:
        name = database().called
        self.stdout.write(
            _("Backup of %(shop)s, %(at)s (UTC), %(rows)d rows, %(files)d files.")
            % {
                "shop": manifest["shop"],
                "at": manifest["created_at"],
                "rows": sum(manifest["tables"].values()),
                "files": manifest["media"]["files"],
            }
        )
        if replace:
            self.stdout.write(
                _("All that is in the database %(name)s goes.") % {"name": name}
            )
        try:
            answer = input(_("The name of the database, to go on: "))
        except EOFError:
            answer = ""
        if answer != name:
            raise CommandError(_("Nothing was changed."))

    def _tell(self, done: restoring.Restored) -> None:
        self.stdout.write(
            _("%(rows)d rows in %(tables)d tables are there again.")
            % {
                "rows": sum(done.manifest["tables"].values()),
                "tables": len(done.manifest["tables"]),
            }
        )
        if done.kept:
            self.stdout.write(
                _("The former database is kept as %(name)s.") % {"name": done.kept}
            )
        if done.media_skipped:
            self.stdout.write(
                _("Pictures are kept in a store elsewhere: those of the backup stay.")
            )

    def _finish(self) -> None:
        """Bring the schema up to date, then prove the books."""
        before = len(MigrationRecorder(connection).applied_migrations())
        call_command("migrate", interactive=False, verbosity=0)
        applied = len(MigrationRecorder(connection).applied_migrations()) - before
        self.stdout.write(_("%(n)d migrations were applied.") % {"n": applied})
        marks.change(marks.EPOCH)
        drop_catalog_cache()
        missing = restoring.missing_files()
        for name in missing[:20]:
            self.stdout.write(_("missing: %(name)s") % {"name": name})
        wrong = []
        for check in ("check_stock", "check_orders"):
            try:
                call_command(check, stdout=self.stdout)
            except CommandError as error:
                self.stdout.write(str(error))
                wrong.append(check)
        if wrong:
            raise CommandError(
                _("The backup is restored; look at: %(checks)s.")
                % {"checks": ", ".join(wrong)}
            )
        self.stdout.write(
            _("The backup is restored, %(n)d files are missing.") % {"n": len(missing)}
        )
