"""The addresses somebody keeps for their next orders.

All changes to one person's addresses queue up at that person's row: so the limit
holds, and exactly one address is the default for as long as there are any. Who is
being deleted meanwhile has no row left to wait at, and the database refuses the rest.
"""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.shortcuts import get_object_or_404

from accounts.exceptions import TooManyAddresses
from accounts.models import Address, User
from shop.phones import check_phone

MAX_ADDRESSES = 20


@transaction.atomic
def add_address(user: User, *, is_default: bool = False, **fields: Any) -> Address:
    """The address is kept; the first one is the default, whatever was asked.

    Raises TooManyAddresses; ValidationError for the phone.
    """
    new = Address(user=user, **_checked(fields))
    _queue_up(user.pk)
    kept = Address.objects.filter(user=user).count()
    if kept >= MAX_ADDRESSES:
        raise TooManyAddresses(MAX_ADDRESSES)
    if is_default or not kept:
        _make_default(new)
    new.save(force_insert=True)
    return new


@transaction.atomic
def update_address(address: Address, /, **changes: Any) -> Address:
    """The fields hold their new values. `is_default` is only ever given, not taken.

    Raises Http404 for one that was deleted meanwhile; ValidationError for the phone.
    """
    changes = _checked(changes)
    wanted = changes.pop("is_default", False)
    address = _hold(address)
    for name, value in changes.items():
        setattr(address, name, value)
    if wanted:
        _make_default(address)
    address.save()
    return address


@transaction.atomic
def make_default(address: Address) -> None:
    """New orders are offered this address first."""
    address = _hold(address)
    _make_default(address)
    address.save(update_fields=["is_default"])


@transaction.atomic
def delete_address(address: Address) -> None:
    """The address is gone; if it was the default, the newest of the others is."""
    address = _hold(address)
    address.delete()
    if address.is_default:
        others = Address.objects.filter(user=address.user_id)
        newest = others.order_by("-created_at", "-pk").first()
        if newest:
            newest.is_default = True
            newest.save(update_fields=["is_default"])


@transaction.atomic
def remember_address(user: User, **fields: Any) -> None:
    """The address of an order is among the user's, once, however often it is kept.

    Raises TooManyAddresses.
    """
    _queue_up(user.pk)
    fields = _checked(fields)
    wanted = Address(**fields)
    if not any(_says_the_same(kept, wanted) for kept in user.addresses.all()):
        add_address(user, **fields)


def _queue_up(user_id: UUID) -> None:
    list(User.objects.select_for_update(no_key=True).filter(pk=user_id).only("pk"))


def _hold(address: Address) -> Address:
    """As it is now, and nobody else changes any of its owner's until we are done."""
    _queue_up(address.user_id)
    return get_object_or_404(Address, pk=address.pk)


def _make_default(address: Address) -> None:
    """The caller saves it; the one before steps down first, or there would be two."""
    Address.objects.filter(user=address.user_id, is_default=True).update(
        is_default=False
    )
    address.is_default = True


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    """The same, the phone in its one form and the address in one line."""
    fields = {**fields}
    if "phone" in fields:
        fields["phone"] = check_phone(fields["phone"])
    if "address" in fields:
        fields["address"] = " ".join(fields["address"].split())
    return fields


def _says_the_same(kept: Address, wanted: Address) -> bool:
    """Letter case makes no other address, and neither does what was left open."""
    return (
        kept.address.casefold() == wanted.address.casefold()
        and kept.full_name in ("", wanted.full_name)
        and kept.phone in ("", wanted.phone)
    )
