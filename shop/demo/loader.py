"""The demo shop: its goods, its people, and what they bought in the last 30 days.

Everything is made by the services that make real things; afterwards some of it is
moved back in time, so that the shop looks as if it had been open for a while.
"""

import tomllib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import zip_longest
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import RoleGroup, User
from accounts.services import DEMO_LOGIN, DEMO_STAFF, remember_address, save_user
from cart.services import Cart
from catalog import services as catalog
from catalog.models import Category, Product, SpecTemplate, StockEntry
from catalog.services.thumbnails import thumbnails_later
from dashboard.models import CartDay
from dashboard.reports.figures import Period
from dashboard.reports.sales import figures_of, today
from events.services import already_told
from orders import services as orders
from orders.models import OrderClaim
from shop.demo import lives
from shop.demo.lives import LIVES
from shop.exceptions import Unavailable

FOLDER = Path(__file__).parent
ADMIN = DEMO_LOGIN
# By the role of each.
COLLEAGUES = DEMO_STAFF
STAFF = COLLEAGUES["manager"]
CUSTOMER_PASSWORD = "customer123"  # noqa: S105 - known to everybody, with DEBUG only  # nosec B105
OWNER = "demo"
DAYS = 30

Row = dict[str, Any]
OnProgress = Callable[[int], None]


def is_loaded() -> bool:
    """The demo data came once, to its last order; what staff deleted stays deleted."""
    last = OrderClaim.objects.filter(owner=OWNER, key=f"key:order-{len(LIVES)}")
    return last.exists()


def steps() -> int:
    """How many times `load` reports a step done."""
    return sum(1 for _ in _products()) + len(LIVES)


def load(on_step: OnProgress) -> None:
    """The whole demo shop is here afterwards; what is here already stays as it is.

    Goods and people come all or none; orders one by one, each of them once, so that
    an interrupted loading goes on where it stopped. Nobody gets letters about it.
    """
    with already_told():
        _load(on_step, timezone.now())


def _load(on_step: OnProgress, now: datetime) -> None:
    # Nobody waits for the pictures to be shrunk: the schedule does it.
    with thumbnails_later(), transaction.atomic():
        products = _load_catalog(now, on_step)
        customers = _load_people(now)
    _fill_carts(customers, products)
    _load_orders(customers, products, now, on_step)
    _count_carts()


def customer_emails() -> list[str]:
    return [row["email"] for row in _read("people.toml")["customer"]]


def _read(name: str) -> Row:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


def _products() -> Iterator[Row]:
    files = sorted((FOLDER / "products").glob("*.toml"))
    shelves = [_read(f"products/{file.name}")["product"] for file in files]
    # One from each shelf in turn: the first page shows what all there is.
    for row in zip_longest(*shelves):
        yield from (product for product in row if product)


def _load_catalog(now: datetime, on_step: OnProgress) -> list[Product]:
    categories = _load_categories()
    templates = _load_templates()
    # What is sold out came first: the first page shows what can be bought.
    rows = sorted(_products(), key=lambda row: row["stock"] > 0)
    here = {p.sku: p for p in Product.objects.filter(sku__in=[r["sku"] for r in rows])}
    for place, row in enumerate(rows):
        if row["sku"] not in here:
            product = _create_product(row, categories, templates)
            # Opened before the first order, one product after the other.
            opened = now - timedelta(days=DAYS + 30) + timedelta(hours=6 * place)
            _move_back(product, opened)
            here[product.sku] = product
        on_step(1)
    return [here[row["sku"]] for row in rows]


def _load_categories() -> dict[str, Category]:
    rows = _read("categories.toml")["category"]
    here = Category.objects.filter(slug__in=[row["slug"] for row in rows])
    categories = {category.slug: category for category in here}
    for row in rows:
        if row["slug"] not in categories:
            names = {key: row[key] for key in row if key.startswith("name_")}
            categories[row["slug"]] = catalog.create_category(
                name=names[f"name_{settings.LANGUAGE_CODE}"],
                parent=categories[row["parent"]] if "parent" in row else None,
                slug=row["slug"],
                **names,
            )
    return categories


def _load_templates() -> dict[str, SpecTemplate]:
    templates = {template.name: template for template in SpecTemplate.objects.all()}
    for row in _read("templates.toml")["template"]:
        if row["name"] not in templates:
            template = catalog.create_template(name=row["name"], schema=row["schema"])
            templates[row["name"]] = template
    return templates


def _create_product(
    row: Row, categories: dict[str, Category], templates: dict[str, SpecTemplate]
) -> Product:
    texts = {
        key: value for key, value in row.items() if key.startswith(("name", "desc"))
    }
    slugs = [row["category"], *row.get("extra_categories", [])]
    return catalog.create_product(
        sku=row["sku"],
        barcode=row["barcode"],
        price=Decimal(row["price"]),
        compare_at_price=row.get("compare_at_price"),
        stock=row["stock"],
        is_active=row.get("is_active", True),
        template=templates[row["template"]],
        attributes=row["attributes"],
        categories=[categories[slug] for slug in slugs],
        images=[_picture(name) for name in row["pictures"]],
        **texts,
    )


def _picture(name: str) -> SimpleUploadedFile:
    content = (FOLDER / "pictures" / name).read_bytes()
    return SimpleUploadedFile(name, content, content_type="image/webp")


def _move_back(product: Product, moment: datetime) -> None:
    rows = Product.objects.filter(pk=product.pk)
    rows.update(created_at=moment, updated_at=moment)
    StockEntry.objects.filter(product=product).update(created_at=moment)


def _load_people(now: datetime) -> list[tuple[User, Row]]:
    """The customers; with DEBUG they and the staff have well-known passwords."""
    password = make_password(CUSTOMER_PASSWORD if settings.DEBUG else None)
    customers = []
    for place, row in enumerate(_read("people.toml")["customer"]):
        contact = {"full_name": row["full_name"], "phone": row["phone"]}
        user = _ensure_user(row["email"], password, **contact)
        remember_address(user, address=_address(row), **contact)
        registered = now - timedelta(days=DAYS + 20 - place, minutes=37 * place)
        User.objects.filter(pk=user.pk).update(created_at=registered)
        customers.append((user, row))
    if settings.DEBUG:
        _ensure_user(ADMIN[0], make_password(ADMIN[1]), role=User.Role.ADMIN)
        groups = dict(RoleGroup.objects.values_list("code", "group"))
        for code, (email, word) in COLLEAGUES.items():
            colleague = _ensure_user(email, make_password(word), role=User.Role.STAFF)
            # None: an administrator has deleted the group.
            if groups[code] is not None:
                colleague.groups.add(groups[code])
    return customers


def _ensure_user(
    email: str,
    password: str,
    full_name: str = "",
    phone: str = "",
    role: str = User.Role.USER,
) -> User:
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User(email=email, full_name=full_name, phone=phone, password=password)
        user.role = role
        save_user(user)
    return user


def _fill_carts(customers: list[tuple[User, Row]], products: list[Product]) -> None:
    """Three customers have not made up their minds yet."""
    on_sale = [item for item in products if item.is_active and item.stock > 5]
    try:
        for place, (user, _row) in enumerate(customers[:3]):
            for step in range(place + 1):
                product = on_sale[(7 * place + 11 * step) % len(on_sale)]
                Cart.of_user(user).set_quantity(product.pk, step + 1)
    except Unavailable:
        # Carts live in Redis, and it is down: the shop looks fine without them.
        return


def _load_orders(
    customers: list[tuple[User, Row]],
    products: list[Product],
    now: datetime,
    on_step: OnProgress,
) -> None:
    # The same shop on every machine.
    random = Random(2026)
    clerk = User.objects.filter(email=STAFF[0]).first()
    # What there is little of stays so: the low-stock list is part of the demo.
    plenty = [item for item in products if item.is_active and item.stock >= 10]
    gap = timedelta(days=DAYS - 1) / len(LIVES)
    for place, life in enumerate(LIVES):
        user, row = customers[random.randrange(len(customers))]
        # Every tenth is a guest's.
        buyer = None if place % 10 == 5 else user
        # Of what is partly returned something is kept.
        more = 1 if life == "E partly" else 0
        lines = [
            orders.Line(product.pk, random.choice([1, 1, 1, 2]) + more)
            for product in random.sample(plenty, random.choice([1, 1, 2, 3]))
        ]
        delivery = random.choice(["pickup", "courier", "post"])
        checkout = orders.Checkout(
            email=buyer.email if buyer else f"guest{place}@example.com",
            full_name=row["full_name"],
            phone=row["phone"],
            address="" if delivery == "pickup" else _address(row),
            payment_method=lives.method_of(life),
            delivery_method=delivery,
            idempotency_key=f"order-{place + 1}",
        )
        moment = now - timedelta(days=DAYS - 1) + gap * (place + 0.9 * random.random())
        left = len(LIVES) - place
        if left <= lives.FRESH:
            moment = now - timedelta(minutes=7 * left)
        place_it = partial(orders.place_order, lines, checkout, owner=OWNER, user=buyer)
        lives.live(place_it, life, clerk, moment, now)
        on_step(1)


def _count_carts() -> None:
    """About every third cart became an order; what was counted stays as it is."""
    month = Period.up_to(today(), DAYS + 1)
    CartDay.objects.bulk_create(
        (
            CartDay(day=day.date, carts=day.orders * 3 + day.date.day % 3)
            for day in figures_of(month).days
        ),
        ignore_conflicts=True,
    )


def _address(row: Row) -> str:
    return f"{row['city']}, {row['street']}"
