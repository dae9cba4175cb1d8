"""Carts as rows. The cart's row is the lock of all its lines."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Sum

from cart.exceptions import CartFull
from cart.models import Cart, CartItem, FilledCart
from cart.storages.base import Look, StoredCart
from shop.days import today
from shop.ids import new_id


class DatabaseStorage:
    def check(self) -> None:
        """The page that asks has read the database already."""

    def read(self, key: str) -> StoredCart:
        rows = CartItem.objects.filter(cart=key).select_related("cart")
        stored = StoredCart()
        for item in rows:
            stored.lines[item.product_id] = item.quantity
            stored.token = str(item.cart.token)
        return stored

    def count(self, key: str) -> int:
        pieces = CartItem.objects.filter(cart=key).aggregate(sum=Sum("quantity"))
        return pieces["sum"] or 0

    def look(self, key: str) -> Look:
        return self.read(key), self.pop_notices(key)

    @transaction.atomic
    def add(
        self, key: str, product_id: UUID, quantity: int, limit: int, room: int = 0
    ) -> bool:
        cart = self._lock(key)
        item = cart.items.filter(product_id=product_id).first()
        if item is None and room and cart.items.count() >= room:
            raise CartFull(room)
        item = item or CartItem(cart=cart, product_id=product_id, quantity=0)
        item.quantity += quantity
        if item.quantity > limit:
            return False
        item.save()
        self._count_filled(key)
        return True

    def add_and_look(
        self, key: str, product_id: UUID, quantity: int, limit: int, room: int = 0
    ) -> Look | None:
        done = self.add(key, product_id, quantity, limit, room)
        return self.look(key) if done else None

    @transaction.atomic
    def set(self, key: str, product_id: UUID, quantity: int) -> None:
        if not quantity:
            self.remove(key, [product_id])
            return
        cart = self._lock(key)
        cart.items.update_or_create(
            product_id=product_id, defaults={"quantity": quantity}
        )
        self._count_filled(key)

    @transaction.atomic
    def remove(self, key: str, product_ids: Iterable[UUID]) -> None:
        # The lock, because an add that has read the line would write it again.
        cart = self._lock(key)
        cart.items.filter(product_id__in=list(product_ids)).delete()
        if not cart.items.exists():
            self._start_anew(cart)

    @transaction.atomic
    def clear(self, key: str) -> None:
        cart = self._lock(key)
        cart.items.all().delete()
        self._start_anew(cart)

    def forget(self, key: str) -> None:
        Cart.objects.filter(key=key).delete()

    @transaction.atomic
    def merge(self, source: str, target: str, limits: Mapping[UUID, int]) -> StoredCart:
        # Two merges of one visitor's cart wait here; the second finds it gone.
        left = Cart.objects.select_for_update().filter(key=source).first()
        if left is None:
            return StoredCart()
        moved = self.read(source)
        cart = self._lock(target)
        have = {item.product_id: item for item in cart.items.all()}
        for product_id, quantity in moved.lines.items():
            item = have.get(product_id)
            item = item or CartItem(cart=cart, product_id=product_id, quantity=0)
            limit = limits.get(product_id, 0)
            # A cart that already holds more than the limit is not cut down here.
            wanted = max(item.quantity, min(item.quantity + quantity, limit))
            if wanted:
                item.quantity = wanted
                item.save()
        left.delete()
        if FilledCart.objects.filter(day=today(), key=source).delete()[0]:
            self._count_filled(target)
        return moved

    @transaction.atomic
    def settle(self, key: str, token: str, lines: Mapping[UUID, int]) -> None:
        cart = Cart.objects.select_for_update().filter(key=key, token=token).first()
        if cart is None:
            return
        items = list(cart.items.filter(product_id__in=lines))
        for item in items:
            item.quantity -= lines[item.product_id]
        left = [item for item in items if item.quantity > 0]
        cart.items.filter(
            product_id__in=lines.keys() - {i.product_id for i in left}
        ).delete()
        if left:
            CartItem.objects.bulk_update(left, ["quantity"])
        self._start_anew(cart)

    def filled(self, days: Iterable[date]) -> dict[date, int]:
        asked = list(days)
        counts = (
            FilledCart.objects.filter(day__in=asked)
            .values("day")
            .annotate(carts=Count("pk"))
            .values_list("day", "carts")
        )
        return {**dict.fromkeys(asked, 0), **dict(counts)}

    def forget_filled(self, before: date) -> None:
        FilledCart.objects.filter(day__lt=before).delete()

    @transaction.atomic
    def push_notice(self, key: str, notice: dict[str, Any]) -> None:
        cart = self._lock(key)
        cart.notices = [*cart.notices, notice]
        cart.save()

    def pop_notices(self, key: str) -> list[dict[str, Any]]:
        # Having none is the common case, and takes no lock.
        if not Cart.objects.filter(key=key).exclude(notices=[]).exists():
            return []
        with transaction.atomic():
            cart = self._lock(key)
            notices, cart.notices = cart.notices, []
            cart.save()
        return notices

    def _lock(self, key: str) -> Cart:
        """The cart's row, made when missing, locked until the transaction ends."""
        cart, _created = Cart.objects.select_for_update().get_or_create(key=key)
        return cart

    def _count_filled(self, key: str) -> None:
        FilledCart.objects.bulk_create(
            [FilledCart(day=today(), key=key)], ignore_conflicts=True
        )

    def _start_anew(self, cart: Cart) -> None:
        """What is put in from now on is another filling."""
        cart.token = new_id()
        cart.save()
