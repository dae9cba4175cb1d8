from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from accounts import services
from accounts.exceptions import EmailTaken
from accounts.models import User


class Command(BaseCommand):
    help = (
        "Make sure that the administrator from ADMIN_EMAIL and ADMIN_PASSWORD exists. "
        "An account that has the address already stays as it is, unless --promote is "
        "given: whoever registered it knows its password."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        how = parser.add_mutually_exclusive_group()
        how.add_argument(
            "--first",
            action="store_true",
            help="only while the shop has no active administrator, and never an error "
            "over an account that is there; each start does this",
        )
        how.add_argument(
            "--promote",
            action="store_true",
            help="an existing account becomes an active administrator and keeps its "
            "password; be sure whose account it is",
        )

    def handle(self, *, first: bool, promote: bool, **options: Any) -> None:
        email, password = self._variables()
        user = User.objects.filter(email=email).first()
        if user and user.is_superuser and user.is_staff and user.is_active:
            self.stdout.write(f"{email}: is an administrator already.")
        elif first and services.has_administrator():
            self.stdout.write("The shop has an administrator already.")
        elif user and promote:
            services.promote_to_administrator(user)
            self.stdout.write(f"{email}: made an administrator, password kept.")
        else:
            try:
                services.create_administrator(email, password)
            except EmailTaken:
                self._taken(email, first=first)
            else:
                self.stdout.write(f"{email}: created.")

    def _variables(self) -> tuple[str, str]:
        email = User.normalize_username(settings.ADMIN_EMAIL)
        password = settings.ADMIN_PASSWORD
        if not email or not password:
            raise CommandError("Set ADMIN_EMAIL and ADMIN_PASSWORD.")
        if (email, password) == services.DEMO_LOGIN and not settings.DEBUG:
            raise CommandError(
                "The demo login is known to everybody: with DEBUG=false choose "
                "another ADMIN_PASSWORD."
            )
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"ADMIN_EMAIL is no e-mail address: {email}") from error
        return email, password

    def _taken(self, email: str, *, first: bool) -> None:
        """The shop can serve without an administrator, and better than with a thief."""
        told = (
            f"{email}: this account is no active administrator, and stays as it is: "
            "whoever registered it knows its password. Set another ADMIN_EMAIL, or see "
            "docs/OPERATIONS.md before you run manage.py ensure_admin --promote."
        )
        if not first:
            raise CommandError(told)
        self.stderr.write(f"Warning: the shop has no administrator. {told}")
