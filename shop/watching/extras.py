"""Packages that only some shops need."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ImproperlyConfigured


@contextmanager
def needs(variable: str) -> Iterator[None]:
    """A package that is missing inside is missed in words, at the start."""
    try:
        yield
    except ImportError as error:
        raise ImproperlyConfigured(
            f"{variable} needs the packages of requirements-extra.txt: "
            f"{error.name} is not installed."
        ) from error
