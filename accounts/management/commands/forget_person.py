from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import services
from shop.exceptions import DomainError


class Command(BaseCommand):
    help = (
        "Delete the account of this e-mail address, and take whoever ordered with it, "
        "as a guest too, out of the shop's books. Orders stay, with goods and sums. "
        "Make sure first that whoever asks is that person; nobody can undo it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *, email: str, yes: bool, **options: Any) -> None:
        person = services.find_person(email)
        account = "an account" if person.user else "no account"
        if not yes:
            self.stdout.write(f"{person.email}: {account}.")
            if input("Type the e-mail address once more to go on: ") != email:
                raise CommandError("Nothing was done.")
        try:
            services.forget_person(person)
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{person.email}: forgotten ({account}).")
