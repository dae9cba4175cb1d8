"""Everything that can be done with a cart, whoever asks: page, API, bot."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from cart.exceptions import CartFull, NotAvailable, NotEnoughStock, ProductNotFound
from cart.storages import StoredCart, get_storage
from catalog.models import Product
from shop.exceptions import TooOften
from shop.http import counted_address
from shop.throttling import passes
from shop.watching import metrics

# The session remembers under which key its cart was filled: signing in gives the
# session a new key, and the cart would be lost with the old one.
SESSION_KEY = "cart"
# Different products in a cart; as many as an order by items takes.
MAX_LINES = 500


# Products by id. What stands in for one has to be and to tell what its user reads.
LookUp = Callable[[Collection[UUID]], Mapping[UUID, Any]]


@dataclass
class CartLine:
    # Or what the cart's `look_up` has found instead.
    product: Product
    quantity: int

    @property
    def subtotal(self) -> Decimal:
        return self.product.price * self.quantity

    @property
    def is_short(self) -> bool:
        """More pieces than there are: checkout will refuse."""
        return self.quantity > self.product.stock

    @property
    def one_less(self) -> int:
        """The next lower quantity that can be had; 0 removes the line."""
        return min(self.quantity - 1, self.product.stock)


@dataclass
class CartContents:
    """A cart as it is to be shown, or to be ordered."""

    lines: list[CartLine] = field(default_factory=list)
    notices: list[dict[str, str]] = field(default_factory=list)
    token: str = ""

    @property
    def total(self) -> Decimal:
        return sum((line.subtotal for line in self.lines), Decimal(0))

    @property
    def total_items(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def quantities(self) -> dict[UUID, int]:
        return {line.product.pk: line.quantity for line in self.lines}


class Cart:
    """Somebody's cart: a user's on every device, or a visitor's session's."""

    def __init__(self, key: str, look_up: LookUp | None = None) -> None:
        """With `look_up` products are found by it, and not in the database."""
        self.key = key
        self.storage = get_storage()
        self._look_up = look_up
        # What it has found already.
        self._known: dict[UUID, Product] = {}

    @classmethod
    def of_user(cls, user: User, look_up: LookUp | None = None) -> "Cart":
        return cls(str(user.pk), look_up)

    @classmethod
    def of(
        cls,
        request: HttpRequest,
        *,
        create: bool = False,
        look_up: LookUp | None = None,
    ) -> "Cart":
        """The cart of whoever sends the request.

        A visitor without one gets a session for it only with `create`. Raises
        TooOften, and makes none, once one address has had too many.
        """
        if request.user.is_authenticated:
            return cls.of_user(request.user, look_up)
        session_key = request.session.get(SESSION_KEY)
        if session_key is None and create:
            _count_new(request)
            if not request.session.session_key:
                request.session.create()
            session_key = request.session.session_key
            request.session[SESSION_KEY] = session_key
        return cls(f"anon:{session_key}" if session_key else "", look_up)

    def add(self, product_id: UUID, quantity: int = 1) -> None:
        """Have `quantity` more pieces (above 0) of the product, if so many are left."""
        product = self._enough_of(product_id, quantity)
        have = (self.key, product.pk, quantity, product.stock)
        if not self.storage.add(*have, room=MAX_LINES):
            raise _not_enough(product)

    def add_and_show(self, product_id: UUID, quantity: int = 1) -> CartContents:
        """`add`, and the `contents` afterwards."""
        product = self._enough_of(product_id, quantity)
        have = (self.key, product.pk, quantity, product.stock)
        look = self.storage.add_and_look(*have, room=MAX_LINES)
        if look is None:
            raise _not_enough(product)
        return self._told(*look)

    def set_quantity(self, product_id: UUID, quantity: int) -> None:
        """Have exactly `quantity` pieces of the product; 0 removes it."""
        if quantity == 0:
            self.remove(product_id)
            return
        product = self._enough_of(product_id, quantity)
        self._check_room(product.pk)
        self.storage.set(self.key, product.pk, quantity)

    def remove(self, product_id: UUID) -> None:
        if self.key:
            self.storage.remove(self.key, [product_id])

    def clear(self) -> None:
        if self.key:
            self.storage.clear(self.key)

    def count(self) -> int:
        """Pieces in the cart, as the header shows them."""
        return self.storage.count(self.key) if self.key else 0

    def contents(self) -> CartContents:
        """The lines with their products; what is not sold any more has left, noted."""
        if not self.key:
            # Nothing was put in yet; whether anything could be, they ought to know.
            self.storage.check()
            return CartContents()
        return self._told(*self.storage.look(self.key))

    def _told(self, stored: StoredCart, waiting: list[dict[str, Any]]) -> CartContents:
        contents = self._shown(stored, self._with_details(stored.lines))
        contents.notices += [_worded(notice) for notice in waiting]
        return contents

    def stored(self) -> StoredCart:
        """The quantities alone, as they were put in: no product is looked up."""
        return self.storage.read(self.key) if self.key else StoredCart()

    def lines(self, *, details: bool = True) -> CartContents:
        """The same without the notices that wait; `details` reads pictures too."""
        stored = self.stored()
        if details:
            return self._shown(stored, self._with_details(stored.lines))
        return self._shown(stored, Product.objects.in_bulk(list(stored.lines)))

    def _shown(self, stored: StoredCart, found: Mapping[UUID, Product]) -> CartContents:
        contents = CartContents(token=stored.token)
        gone = []
        for product_id, quantity in stored.lines.items():
            product = found.get(product_id)
            if product is not None and product.is_visible:
                contents.lines.append(CartLine(product, quantity))
            else:
                gone.append(product_id)
                contents.notices.append(_gone_notice(product))
        if gone:
            self.storage.remove(self.key, gone)
        return contents

    def _with_details(self, ids: Iterable[UUID]) -> Mapping[UUID, Product]:
        if self._look_up is None:
            return Product.objects.with_details().in_bulk(list(ids))
        missing = [pk for pk in ids if pk not in self._known]
        if missing:
            self._known.update(self._look_up(missing))
        return self._known

    def _on_sale(self, product_id: UUID) -> Product:
        if self._look_up is None:
            product = Product.objects.filter(pk=product_id).first()
        else:
            product = self._with_details([product_id]).get(product_id)
        if product is None:
            raise ProductNotFound
        if not product.is_visible:
            raise NotAvailable(product.name)
        return product

    def _enough_of(self, product_id: UUID, quantity: int) -> Product:
        """The product, which is on sale and of which there are so many pieces."""
        product = self._on_sale(product_id)
        if quantity > product.stock:
            raise _not_enough(product)
        return product

    def settle(self, token: str, lines: Mapping[UUID, int]) -> None:
        """Take out what became an order, once; what was added since stays."""
        self.storage.settle(self.key, token, lines)

    def _check_room(self, product_id: UUID) -> None:
        # Two that come together may both find the last place: the limit keeps carts
        # small, and one line more is still small.
        lines = self.storage.read(self.key).lines
        if len(lines) >= MAX_LINES and product_id not in lines:
            raise CartFull(MAX_LINES)


def _count_new(request: HttpRequest) -> None:
    """Whoever keeps no cookie would have a session and a cart by every call."""
    who = f"cart:addr:{counted_address(request)}"
    if left := passes(settings.NEW_CART_RATE, who):
        raise TooOften(left)


def merge_carts(visitor: Cart, user: User) -> None:
    """Add a visitor's cart to the user's, once, each line capped by the stock.

    What there is no room for is left out. The shopper is told at the next look into
    the cart.
    """
    storage = visitor.storage
    ids = list(storage.read(visitor.key).lines)
    if not ids:
        return
    products = Product.objects.visible().in_bulk(ids)
    limits = {pk: product.stock for pk, product in products.items()}
    own = Cart.of_user(user)
    before = storage.read(own.key).lines
    new = [pk for pk in ids if limits.get(pk) and pk not in before]
    left_out = set(new[max(0, MAX_LINES - len(before)) :])
    taken = {pk: limit for pk, limit in limits.items() if pk not in left_out}
    moved = storage.merge(visitor.key, own.key, taken)
    if not moved.lines:
        return
    added = {pk: n for pk, n in moved.lines.items() if pk not in left_out}
    if added:
        storage.push_notice(own.key, {"code": "merged", "count": len(added)})
    if left_out:
        storage.push_notice(own.key, {"code": "full", "count": len(left_out)})
    for product_id, quantity in added.items():
        limit = limits.get(product_id, 0)
        if before.get(product_id, 0) + quantity > limit:
            name = products[product_id].name if product_id in products else ""
            notice = {"code": "capped" if limit else "removed", "name": name}
            storage.push_notice(own.key, {**notice, "limit": limit})


def forget_cart(key: str) -> None:
    """The cart is gone once the caller's transaction has committed."""
    storage = get_storage()
    transaction.on_commit(lambda: storage.forget(key), robust=True)


def _not_enough(product: Product) -> NotEnoughStock:
    metrics.OUT_OF_STOCK.inc()
    return NotEnoughStock(product.name, product.stock)


def _gone_notice(product: Product | None) -> dict[str, str]:
    return _worded({"code": "removed", "name": product.name if product else ""})


def _worded(notice: dict[str, Any]) -> dict[str, str]:
    """A notice in the reader's language; stored are only its facts."""
    code, name = notice["code"], notice.get("name", "")
    if code == "merged":
        message = ngettext(
            "%(n)d product from before you signed in was added to your cart.",
            "%(n)d products from before you signed in were added to your cart.",
            notice["count"],
        ) % {"n": notice["count"]}
    elif code == "full":
        message = ngettext(
            "Your cart is full: %(n)d product from before you signed in was left out.",
            "Your cart is full: %(n)d products from before you signed in were left"
            " out.",
            notice["count"],
        ) % {"n": notice["count"]}
    elif code == "capped":
        message = _("%(name)s: only %(n)s left, so the quantity was lowered.") % {
            "name": name,
            "n": notice["limit"],
        }
    elif name:
        message = _("%(name)s is not on sale any more and left your cart.") % {
            "name": name
        }
    else:
        message = _("A product that is not on sale any more left your cart.")
    return {"code": code, "message": message}
