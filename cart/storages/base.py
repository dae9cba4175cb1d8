"""The one interface of a cart's storage."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol
from uuid import UUID

# How long a visitor's cart is kept after its last change, seconds: 30 days.
VISITOR_SECONDS = 30 * 24 * 3600
# Days for which carts that something was put into stay counted.
COUNTED_DAYS = 7


@dataclass
class StoredCart:
    """What a storage knows of a cart: quantities, and the name of this filling."""

    lines: dict[UUID, int] = field(default_factory=dict)
    token: str = ""


# A cart, and what is to be told of it.
Look = tuple[StoredCart, list[dict[str, Any]]]


class CartStorage(Protocol):
    """Every method is atomic: two at once happen one after the other."""

    def check(self) -> None:
        """Raise Unavailable when the storage does not answer."""

    def read(self, key: str) -> StoredCart:
        """The cart's lines, and its token if there are any."""

    def look(self, key: str) -> Look:
        """The same, and what is to be told of it, which is then forgotten."""

    def count(self, key: str) -> int:
        """Pieces in the cart."""

    def add(
        self, key: str, product_id: UUID, quantity: int, limit: int, room: int = 0
    ) -> bool:
        """Add pieces unless there would be more than `limit`; whether it was done.

        Raises CartFull if it would be a line more than `room`; 0: there is always room.
        """

    def add_and_look(
        self, key: str, product_id: UUID, quantity: int, limit: int, room: int = 0
    ) -> Look | None:
        """`add`, and the cart as `look` then shows it; None if nothing was added."""

    def set(self, key: str, product_id: UUID, quantity: int) -> None:
        """Have exactly this many pieces; 0 removes the line."""

    def remove(self, key: str, product_ids: Iterable[UUID]) -> None:
        """Have none of these products; an emptied cart gets a new token."""

    def clear(self, key: str) -> None:
        """Have nothing, notices aside, and a new token."""

    def forget(self, key: str) -> None:
        """Have no trace of the cart, but that it is counted for so many days more."""

    def merge(self, source: str, target: str, limits: Mapping[UUID, int]) -> StoredCart:
        """Move the source's lines into the target, each up to its limit, once.

        Products without a limit are left out. Returns what the source held: nothing,
        when somebody else moved it first.
        """

    def settle(self, key: str, token: str, lines: Mapping[UUID, int]) -> None:
        """Take ordered lines out, once for a token: a repeat does nothing."""

    def filled(self, days: Iterable[date]) -> dict[date, int]:
        """How many carts something was put into on each of these days.

        Days are those of the shop's TIME_ZONE; of the last COUNTED_DAYS it is known.
        A visitor's cart that became a customer's on the same day is one.
        """

    def forget_filled(self, before: date) -> None:
        """Days before this one need not be known any more."""

    def push_notice(self, key: str, notice: dict[str, Any]) -> None:
        """Keep something to tell the shopper at the next look."""

    def pop_notices(self, key: str) -> list[dict[str, Any]]:
        """What is to be told, which is then forgotten."""
