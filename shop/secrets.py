"""Secrets that a machine made or mounted, for variables that nobody has set."""

from collections.abc import MutableMapping
from pathlib import Path


def use_secrets_of(directory: str, environment: MutableMapping[str, str]) -> None:
    """`NAME_FILE` names the file NAME of the directory, for each such file.

    Except where NAME or `NAME_FILE` has a value already: whoever sets a variable means
    it. Only files that are named like variables count. Empty: there is no directory.
    """
    if not directory:
        return
    for path in Path(directory).iterdir():
        name = path.name
        if not name.isupper() or not path.is_file():
            continue
        if not environment.get(name) and not environment.get(f"{name}_FILE"):
            environment[f"{name}_FILE"] = str(path)
