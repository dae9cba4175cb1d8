"""One question for orders, customers and products, and where an exact answer leads."""

from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from accounts.models import User
from catalog.models import Product
from catalog.search.ranking import by_relevance
from catalog.text import folded
from orders.models import Order
from shop.finding import as_email, as_id, as_number, as_phone, is_marked, newest
from shop.phones import usable_phone

# Rows of a kind; the lists of the kind show the others.
SHOWN = 10
RIGHTS = {
    "orders": "orders.view_order",
    "customers": "accounts.view_user",
    "products": "catalog.view_product",
}


@dataclass
class Found:
    """What the query finds, of the kinds that somebody may see."""

    query: str
    orders: list[Order] = field(default_factory=list)
    customers: list[User] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)
    # The kinds that have more than is shown.
    more: set[str] = field(default_factory=set)
    # What is called exactly so: numbers, SKUs and barcodes, ids.
    exact: list[Order | User | Product] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.orders or self.customers or self.products or self.exact)

    @property
    def target(self) -> Any:
        """The one thing that can be meant; None: there is something to choose.

        A number is an order's before it is a product's. Whose e-mail or phone it is has
        one order, which is it, or several, and then it is the customer.
        """
        if self.exact:
            return self.exact[0]
        if is_contact(self.query):
            return self._of_contact()
        rows = [*self.orders, *self.customers, *self.products]
        return rows[0] if len(rows) == 1 else None

    def _of_contact(self) -> Any:
        email, phone = as_email(self.query), as_phone(self.query)

        def is_theirs(row: Order | User) -> bool:
            if email:
                return row.email.lower() == email
            return usable_phone(row.phone) == phone

        orders = [order for order in self.orders if is_theirs(order)]
        users = {user.email: user for user in self.customers if is_theirs(user)}
        people: dict[Any, Any] = {user.pk: user for user in users.values()}
        for order in orders:
            # A guest may have an account, by the same address.
            account = users.get(order.email.lower())
            key = order.user_id or (account.pk if account else order.email.lower())
            people.setdefault(key, CustomerOf(order))
        if len(people) != 1:
            return None
        alone = len(orders) == 1 and "orders" not in self.more
        return orders[0] if alone else next(iter(people.values()))


@dataclass(frozen=True)
class CustomerOf:
    """Whoever placed this order."""

    order: Order


def kinds_for(user: Any) -> list[str]:
    """What somebody may look for."""
    return [kind for kind, right in RIGHTS.items() if user.has_perm(right)]


def find(query: str, kinds: list[str]) -> Found:
    """Orders, customers and products that the query finds. Queries: constant."""
    found = Found(query)
    if not query.strip():
        return found
    if "orders" in kinds:
        orders = newest(query, Order.objects.all(), SHOWN + 1, numbered=True)
        _keep(found, "orders", orders)
    # What is marked as an order's number is nothing else.
    if "customers" in kinds and not is_marked(query):
        _keep(found, "customers", newest(query, User.objects.all(), SHOWN + 1))
    if "products" in kinds and not (is_contact(query) or is_marked(query)):
        products = Product.objects.matching(query, hidden=True, ranked=True)
        # Words that only look like these are looked for when there is nothing else.
        is_guess = bool(products.search and products.search.way == "mended")
        if not (is_guess and (found.orders or found.customers)):
            _keep(found, "products", list(by_relevance(products)[: SHOWN + 1]))
    found.exact = _exact(found, kinds)
    # A number may be that of an old order, and part of the phones of many newer ones.
    first = [row for row in found.exact if isinstance(row, Order)]
    found.orders = first + [order for order in found.orders if order not in first]
    return found


def address_of(target: Any, kinds: list[str]) -> str:
    """The page of the back office for what was found."""
    if isinstance(target, Order):
        return reverse("admin:orders_order_change", args=[target.pk])
    if isinstance(target, User):
        # With their orders, for whoever may see those.
        page = "customer" if "orders" in kinds else "change"
        return reverse(f"admin:accounts_user_{page}", args=[target.pk])
    if isinstance(target, CustomerOf):
        return reverse("admin:orders_order_customer", args=[target.order.pk])
    return reverse("admin:catalog_product_change", args=[target.pk])


def is_contact(query: str) -> bool:
    """Whether the query is all of an e-mail address or a phone number."""
    return bool(as_email(query) or as_phone(query))


def _keep(found: Found, kind: str, rows: list[Any]) -> None:
    setattr(found, kind, rows[:SHOWN])
    if len(rows) > SHOWN:
        found.more.add(kind)


def _exact(found: Found, kinds: list[str]) -> list[Any]:
    exact: list[Any] = []
    number = as_number(found.query)
    if number is not None and "orders" in kinds:
        exact += Order.objects.filter(number=number)
    key = folded(found.query)
    exact += [
        product
        for product in found.products
        if product.number == number or key in {folded(product.sku), product.barcode}
    ]
    pk = as_id(found.query)
    if pk:
        exact += [order for order in found.orders if order.pk == pk]
        exact += [user for user in found.customers if user.pk == pk]
    return exact
