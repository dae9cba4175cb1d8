"""From a cart, or a list of products, to an order: all of it happens, or nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from cart.exceptions import EmptyCart, NotAvailable, ProductNotFound
from cart.services import Cart
from catalog.exceptions import OutOfStock
from catalog.models import Product, StockEntry
from catalog.services import lock_products, move_stock
from orders.delivery import offered_methods
from orders.exceptions import (
    AccountGone,
    AlreadyOrdered,
    IdempotencyKeyReused,
    PriceChanged,
    TotalChanged,
    TotalTooLarge,
)
from orders.models import (
    DeliveryMethod,
    Order,
    OrderClaim,
    OrderItem,
    OrderStatusChange,
)
from orders.services.claims import claim_of, client_key, filling_key
from orders.services.events import emit_created
from shop.bulk import create_objects
from shop.exceptions import Unavailable
from shop.ids import new_id
from shop.money import MAX_AMOUNT, to_money
from shop.phones import to_phone
from shop.watching import metrics
from shop.watching.context import about_order

# SQLite and PostgreSQL both read this as a BIGINT.
MAX_NUMBER = 2**63 - 1


@dataclass(frozen=True)
class Line:
    """So many pieces of a product, and the price the buyer saw (None: any)."""

    product_id: UUID
    quantity: int
    price: Decimal | None = None


@dataclass(frozen=True)
class Checkout:
    """Who orders, and how the goods and the money travel."""

    email: str
    full_name: str = ""
    phone: str = ""
    address: str = ""
    comment: str = ""
    payment_method: str = Order.PaymentMethod.CASH
    # Empty means the first method on offer.
    delivery_method: str = ""
    # Whether the buyer was asked, and agreed, to the use of personal data.
    consented: bool = False
    # What the goods cost when the buyer decided, ₸ (None: any).
    goods_total: Decimal | None = None
    # The client's own key for this purchase, and a fingerprint of what it asked.
    idempotency_key: str = ""
    fingerprint: str = ""


@dataclass(frozen=True)
class Placed:
    """An order, and whether this call made it (False: an earlier one had)."""

    order: Order
    created: bool


def checkout_cart(
    cart: Cart, checkout: Checkout, *, user: User | None = None
) -> Placed:
    """Turn the cart into an order and take its stock: all of it happens, or none.

    One filling of a cart becomes one order, however often and however concurrently
    this is called. Afterwards the cart holds only what was added meanwhile. Raises
    EmptyCart, NotAvailable, OutOfStock, TotalChanged; ValidationError for the form.
    """
    repeated = _repeated(cart, checkout)
    if repeated is not None:
        return repeated
    # The products are read once, when they are locked.
    stored = cart.stored()
    if not stored.lines:
        # Or emptied by this same request, sent twice, since we looked for it above.
        repeated = _repeated(cart, checkout)
        if repeated is not None:
            return repeated
        raise EmptyCart
    lines = [Line(pk, quantity) for pk, quantity in stored.lines.items()]
    try:
        placed = place_order(
            lines, checkout, owner=cart.key, user=user, filling=stored.token
        )
    except (ProductNotFound, NotAvailable):
        contents = cart.lines(details=False)
        if not contents.notices:
            raise
        # What is left is not what the shopper decided to buy: they look again.
        raise NotAvailable.of_cart(contents.notices) from None
    except _FillingOrdered as ordered:
        # The other click won, or a crash came between its commit and the clearing:
        # take out what that order holds, and what was added since stays.
        _settle(cart, stored.token, ordered.quantities)
        left = cart.lines(details=False).quantities
        raise (AlreadyOrdered(ordered.order) if left else EmptyCart()) from None
    if placed.created:
        _settle(cart, stored.token, stored.lines)
    else:
        _settle_again(cart, placed.order)
    return placed


def place_order(
    lines: Sequence[Line],
    checkout: Checkout,
    *,
    owner: str,
    user: User | None = None,
    filling: str = "",
) -> Placed:
    """Make an order of these lines, in one transaction with its stock.

    The same `idempotency_key` of the same owner answers with the first order and
    touches nothing. The number of queries does not depend on the number of lines.
    Raises EmptyCart, ProductNotFound, NotAvailable, PriceChanged, OutOfStock,
    IdempotencyKeyReused; ValidationError for the form.
    """
    wanted = _summed(lines)
    if not wanted:
        raise EmptyCart
    checkout = _checked(checkout)
    method = _delivery_method(checkout)
    order_id = new_id()
    try:
        with transaction.atomic(durable=True):
            _claim(order_id, owner, checkout, filling)
            order = _write_order(order_id, lines, wanted, checkout, method, user)
    except IntegrityError:
        repeated = _claimed(owner, checkout)
        if repeated is not None:
            return repeated
        earlier = claim_of(owner, filling_key(filling)) if filling else None
        if earlier:
            raise _FillingOrdered(earlier.order) from None
        if user and not User.objects.filter(pk=user.pk).exists():
            raise AccountGone from None
        if method and not DeliveryMethod.objects.filter(pk=method.pk).exists():
            raise _not_offered() from None
        raise
    return Placed(order, created=True)


def resolve_lines(asked: Iterable[Mapping[str, Any]]) -> list[Line]:
    """Lines from what people write: `product_id`, `sku` or `number`, and `quantity`.

    One query. Raises ProductNotFound.
    """
    lines = []
    for line in find_lines(asked):
        if line is None:
            raise ProductNotFound
        lines.append(line)
    return lines


def find_lines(asked: Iterable[Mapping[str, Any]]) -> list[Line | None]:
    """The same, with None in the place of what there is no product for."""
    asked = list(asked)
    ids = [item["product_id"] for item in asked if item.get("product_id")]
    skus = [item["sku"] for item in asked if item.get("sku")]
    numbers = [item["number"] for item in asked if item.get("number") is not None]
    wanted = Q(pk__in=ids) | Q(sku__in=skus)
    wanted |= Q(number__in=[n for n in numbers if 0 < n <= MAX_NUMBER])
    rows = Product.objects.filter(wanted).values_list("pk", "sku", "number")
    found: dict[Any, UUID] = {}
    for pk, sku, number in rows:
        found |= {("product_id", pk): pk, ("sku", sku): pk, ("number", number): pk}
    lines: list[Line | None] = []
    for item in asked:
        name = next(
            n for n in ("product_id", "sku", "number") if item.get(n) is not None
        )
        known = found.get((name, item[name]))
        line = Line(known, item["quantity"], item.get("price")) if known else None
        lines.append(line)
    return lines


class _FillingOrdered(Exception):
    """This filling of the cart is an order already."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.quantities = {i.product_id: i.quantity for i in order.items.all()}


def _settle(cart: Cart, token: str, quantities: Mapping[UUID, int]) -> None:
    """The order stands whatever happens here; the token makes a later try safe."""
    try:
        cart.settle(token, quantities)
    except Unavailable:
        # The next checkout finds the filling claimed, and clears the cart then.
        return


def _settle_again(cart: Cart, order: Order) -> None:
    """The order has left the cart, if a crash after its commit kept it there."""
    quantities = {item.product_id: item.quantity for item in order.items.all()}
    fillings = order.claims.filter(owner=cart.key, key__startswith=filling_key(""))
    for claim in fillings:
        _settle(cart, claim.key.removeprefix(filling_key("")), quantities)


def _repeated(cart: Cart, checkout: Checkout) -> Placed | None:
    """The order that the client's key stands for already, which the cart has left."""
    placed = _claimed(cart.key, checkout)
    if placed is not None:
        _settle_again(cart, placed.order)
    return placed


def _summed(lines: Iterable[Line]) -> dict[UUID, int]:
    wanted: dict[UUID, int] = {}
    for line in lines:
        wanted[line.product_id] = wanted.get(line.product_id, 0) + line.quantity
    return wanted


def _checked(checkout: Checkout) -> Checkout:
    """The same with its phone number in one form; the payment method is on offer."""
    problems = {}
    phone = checkout.phone
    try:
        phone = to_phone(phone)
    except ValidationError as error:
        problems["phone"] = error.messages
    if checkout.payment_method not in Order.PaymentMethod.offered():
        problems["payment_method"] = [_("This payment method is not offered.")]
    if problems:
        raise ValidationError(problems)
    return replace(checkout, phone=phone)


def _delivery_method(checkout: Checkout) -> DeliveryMethod | None:
    """The method asked for, or the first on offer; its address rule holds."""
    methods = {method.code: method for method in offered_methods()}
    if checkout.delivery_method:
        method = methods.get(checkout.delivery_method)
        if method is None:
            raise _not_offered()
    else:
        method = next(iter(methods.values()), None)
        if method and method.needs_address and not checkout.address:
            # Nothing was asked for: prefer a way that needs nothing more.
            easy = (m for m in methods.values() if not m.needs_address)
            method = next(easy, method)
    if method and method.needs_address and not checkout.address.strip():
        raise ValidationError({"address": [_("This delivery needs an address.")]})
    return method


def _not_offered() -> ValidationError:
    text = _("This delivery method is not offered.")
    return ValidationError({"delivery_method": [text]})


def _claim(order_id: UUID, owner: str, checkout: Checkout, filling: str) -> None:
    """Be the first, or wait for whoever is and fail. The order row follows."""
    claims = []
    if filling:
        claims.append(
            OrderClaim(owner=owner, key=filling_key(filling), order_id=order_id)
        )
    if checkout.idempotency_key:
        claims.append(
            OrderClaim(
                owner=owner,
                key=client_key(checkout.idempotency_key),
                fingerprint=checkout.fingerprint,
                order_id=order_id,
            )
        )
    create_objects(OrderClaim, claims)


def _claimed(owner: str, checkout: Checkout) -> Placed | None:
    """The order that this owner's key already stands for."""
    if not checkout.idempotency_key:
        return None
    claim = claim_of(owner, client_key(checkout.idempotency_key))
    if claim is None:
        return None
    if claim.fingerprint != checkout.fingerprint:
        raise IdempotencyKeyReused
    return Placed(claim.order, created=False)


def _write_order(
    order_id: UUID,
    lines: Sequence[Line],
    wanted: Mapping[UUID, int],
    checkout: Checkout,
    method: DeliveryMethod | None,
    user: User | None,
) -> Order:
    products = lock_products(wanted, to_sell=True)
    _check_products(products, lines, wanted)
    goods = sum((products[pk].price * n for pk, n in wanted.items()), Decimal(0))
    if checkout.goods_total is not None and goods != checkout.goods_total:
        raise TotalChanged(goods, checkout.goods_total)
    delivery_price = method.price_for(goods) if method else Decimal(0)
    total = to_money(goods + delivery_price) if goods <= MAX_AMOUNT else goods
    if total > MAX_AMOUNT:
        raise TotalTooLarge
    order = Order(
        pk=order_id,
        user=user,
        email=checkout.email,
        full_name=checkout.full_name,
        phone=checkout.phone,
        language=get_language() or settings.LANGUAGE_CODE,
        currency=settings.SHOP_CURRENCY,
        total=total,
        payment_method=checkout.payment_method,
        delivery_method=method,
        delivery_code=method.code if method else "",
        delivery_name=method.name if method else "",
        delivery_price=delivery_price,
        delivery_rate=method.price if method else None,
        delivery_free_from=method.free_from if method else None,
        address=checkout.address,
        comment=checkout.comment,
        consent_at=timezone.now() if checkout.consented else None,
    )
    takes = {pk: -quantity for pk, quantity in wanted.items()}
    move_stock(products, takes, StockEntry.Reason.SALE, order_id=order_id, actor=user)
    order.save(force_insert=True)
    about_order(order.number)
    items = [
        OrderItem(
            order=order,
            product=products[pk],
            sku=products[pk].sku,
            name=products[pk].name,
            price=products[pk].price,
            quantity=quantity,
            subtotal=to_money(products[pk].price * quantity),
        )
        for pk, quantity in wanted.items()
    ]
    create_objects(OrderItem, items)
    begun = OrderStatusChange(order=order, status=order.status, actor=user)
    create_objects(OrderStatusChange, [begun])
    emit_created(order, items)
    order.remember_details(items)
    return order


def _check_products(
    products: Mapping[UUID, Product], lines: Sequence[Line], wanted: Mapping[UUID, int]
) -> None:
    for line in lines:
        product = products.get(line.product_id)
        if product is None:
            raise ProductNotFound
        if not product.is_visible:
            raise NotAvailable(product.name)
        if line.price is not None and line.price != product.price:
            raise PriceChanged(product, line.price)
    short = [(products[pk], n) for pk, n in wanted.items() if n > products[pk].stock]
    if short:
        metrics.OUT_OF_STOCK.inc()
        raise OutOfStock(short)
