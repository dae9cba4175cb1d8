"""What the shop holds about a person, app by app (docs/adr/0029).

Each app that keeps personal data says so in its `personal_data.py`:

    @register
    class Carts(PersonalData):
        name = "cart"
        def collect(self, person): ...
        def forget(self, person): ...

Accounts know nothing of orders and letters; what is registered here does.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.db import models

from accounts.models import User
from shop.exceptions import DomainError

# A name that no mail server can have (RFC 2606): what bears it is not written to.
GONE = "@deleted.invalid"


def new_alias() -> str:
    """An address of nobody. It says no more than that some orders are one person's."""
    return f"{secrets.token_hex(8)}{GONE}"


def is_alias(email: str) -> bool:
    """Whether the person behind the address has been forgotten."""
    return email.lower().endswith(GONE)


@dataclass(frozen=True)
class Person:
    """Somebody who asks what is held about them, or to be forgotten."""

    # In lower case, as accounts have it.
    email: str
    user: User | None = None
    # The shop has made sure that the address is theirs. Then what was done with it
    # without signing in is theirs too; an account alone proves nothing, as anybody
    # can open one with a stranger's address.
    is_proven: bool = False
    # What stands in the place of the address once they are forgotten.
    alias: str = field(default_factory=new_alias)


class PersonalData:
    """One app's part. What it does not need, it leaves as it is here."""

    # Its key in the file that the person gets.
    name: ClassVar[str]
    # Models with a reference to the user that `forget` itself takes away.
    lets_go_of: ClassVar[tuple[type[models.Model], ...]] = ()

    def collect(self, person: Person) -> Any:
        """What is held, in words that JSON has and people can read; None: nothing."""

    def hindrances(self, person: Person) -> Iterable[DomainError]:
        """Why the person cannot be forgotten yet; nothing is changed."""
        return ()

    def forget(self, person: Person) -> None:
        """Nothing names the person any more. Done twice, it does nothing more.

        Inside the transaction; what lies elsewhere goes after its commit. What stands
        in the way is raised: it may have come since `hindrances` were asked for, so it
        is looked for among the very rows that are locked here.
        """


_parts: dict[str, PersonalData] = {}


def register(part: type[PersonalData]) -> type[PersonalData]:
    """The part is asked from now on, after those that were registered before it."""
    known = _parts.get(part.name)
    if known and type(known).__qualname__ != part.__qualname__:
        raise ValueError(f"There are two parts named {part.name}.")
    _parts[part.name] = part()
    return part


def all_parts() -> list[PersonalData]:
    return list(_parts.values())
