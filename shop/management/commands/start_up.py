from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from shop import starting
from shop.checks import check_admin_path


class Command(BaseCommand):
    help = (
        "Wait for the database, bring its schema up to date (or wait until another "
        "process has), and make the administrator of ADMIN_EMAIL while the shop has "
        "none. Any number of processes may do this at once."
    )
    # The entrypoint asks for this before each process, and that process checks itself.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--migrate",
            action="store_true",
            default=settings.MIGRATE_ON_START,
            help="apply migrations, as with MIGRATE_ON_START=true",
        )

    def handle(self, *args: Any, migrate: bool, **options: Any) -> None:
        # gunicorn checks nothing, and the back office would be nowhere.
        if wrong := check_admin_path():
            raise CommandError(f"Not started: {wrong[0].msg} {wrong[0].hint}")
        try:
            starting.wait_for_database(settings.START_TIMEOUT)
            if not migrate:
                starting.wait_for_schema(settings.START_TIMEOUT)
        except starting.NotReady as error:
            raise CommandError(f"Not started: {error}.") from None
        if migrate or settings.ADMIN_EMAIL:
            with starting.alone():
                if migrate:
                    starting.migrate()
                if settings.ADMIN_EMAIL:
                    # Nobody looks at who has that address: never more than --first.
                    call_command(
                        "ensure_admin",
                        first=True,
                        stdout=self.stdout,
                        stderr=self.stderr,
                    )
        starting.let_go()
