"""The commands, as somebody in a terminal sees them."""

from io import StringIO
from pathlib import Path

from django.core.management import call_command


def restore(path: Path, *arguments: str) -> list[str]:
    """The lines that the command prints."""
    out = StringIO()
    call_command("restore", str(path), "--yes", *arguments, stdout=out)
    return out.getvalue().splitlines()


def backup(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("backup", *arguments, stdout=out)
    return out.getvalue().splitlines()
