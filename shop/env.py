"""The environment, of which any variable may come as NAME_FILE: a path to its value."""

import os
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping

from shop.secrets import use_secrets_of

ROOT = Path(__file__).resolve().parent.parent


class Variables(FileAwareMapping):
    """A file's last line break is its editor's, and no part of a secret."""

    def __getitem__(self, key: str) -> str:
        try:
            value: str = super().__getitem__(key)
        except (OSError, UnicodeDecodeError) as error:
            name = f"{key}_FILE"
            reason = getattr(error, "strerror", None) or "it is no text"
            raise ImproperlyConfigured(
                # Not its value: somebody may have put the secret itself there.
                f"{name} names no file that can be read: {reason}."
            ) from None
        if self.env.get(f"{key}_FILE"):
            return value.removesuffix("\n").removesuffix("\r")
        return value


class Env(environ.FileAwareEnv):
    ENVIRON = Variables()


def as_the_settings_read_it() -> environ.FileAwareEnv:
    """The environment with `.env` and SECRETS_DIR, for what runs before the settings.

    The process' own environment stays as it is: whoever loads the settings afterwards,
    or again, reads both anew.
    """
    known = dict(os.environ)

    class Read(Env):
        ENVIRON = Variables(known)

    Read.read_env(ROOT / ".env")
    env = Read()
    use_secrets_of(env.str("SECRETS_DIR", default=""), known)
    return env
