import json
import os
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from accounts import services


class Command(BaseCommand):
    help = (
        "Write everything that the shop holds about a person, as JSON: the account of "
        "this e-mail address, and what was ordered with it as a guest. Make sure first "
        "that whoever asks is that person."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument(
            "--output", metavar="FILE", help="otherwise to the terminal"
        )

    def handle(self, *, email: str, output: str | None, **options: Any) -> None:
        held = services.export_person(services.find_person(email))
        text = json.dumps(held, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
        if output:
            with open(output, "w", encoding="utf-8", opener=_private) as file:
                # A file that was there has kept its mode until now, and is empty.
                os.fchmod(file.fileno(), 0o600)
                file.write(f"{text}\n")
        else:
            self.stdout.write(text)


def _private(path: str, flags: int) -> int:
    # For nobody else on this machine.
    return os.open(path, flags, 0o600)
