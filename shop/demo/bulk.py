"""Load data: as many products and orders as a bench asks for, written in bulk.

They are copies of what the demo shop sells, spread over time. The ledger and the
orders are as consistent as real ones; nobody is told of them (no events).
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.conf import settings
from django.db import connection, reset_queries, transaction
from django.db.models import Case, F, IntegerField, Value, When
from django.utils import timezone
from django.utils.translation import override

from accounts.models import User
from catalog.caching import drop_catalog_cache
from catalog.models import TEXT_LANGUAGES, Product, ProductImage, StockEntry
from catalog.search.index import index_products
from catalog.services import lock_products
from dashboard.services import day_of, mark_changed
from orders.models import Order, OrderClaim, OrderItem, OrderStatusChange
from shop.demo.bulk_money import Money, move_money_back
from shop.fields import next_numbers
from shop.money import to_money

PREFIX = "LOAD-"
OWNER = "load"
BATCH = 1000
# Rows that share a moment.
GROUP = 100
DAYS = 30
Status = Order.Status
CASH, TRANSFER = Order.PaymentMethod.CASH, Order.PaymentMethod.TRANSFER
ONLINE = Order.PaymentMethod.EMULATOR
# How load orders are paid and what becomes of them, and how many of each in a hundred.
WEIGHTS = {
    (CASH, Status.COMPLETED): 38,
    (CASH, Status.SHIPPED): 5,
    (CASH, Status.PROCESSING): 5,
    (CASH, Status.PENDING): 3,
    (CASH, Status.CANCELED): 4,
    (TRANSFER, Status.COMPLETED): 12,
    (TRANSFER, Status.PAID): 2,
    (TRANSFER, Status.PENDING): 1,
    (TRANSFER, Status.CANCELED): 2,
    (TRANSFER, Status.REFUNDED): 2,
    (ONLINE, Status.COMPLETED): 17,
    (ONLINE, Status.SHIPPED): 3,
    (ONLINE, Status.PAID): 2,
    (ONLINE, Status.CANCELED): 2,
    (ONLINE, Status.REFUNDED): 2,
}
STEPS = {
    Status.PENDING: ["pending"],
    Status.PAID: ["pending", "paid"],
    Status.PROCESSING: ["pending", "paid", "processing"],
    Status.SHIPPED: ["pending", "paid", "processing", "shipped"],
    Status.COMPLETED: ["pending", "paid", "processing", "shipped", "completed"],
    Status.CANCELED: ["pending", "canceled"],
    Status.REFUNDED: ["pending", "paid", "processing", "shipped", "refunded"],
}
_Links = Product.categories.through

OnProgress = Callable[[int], None]


def load_products(count: int, on_rows: OnProgress) -> int:
    """There are `count` load products afterwards; how many are new."""
    here = Product.objects.filter(sku__startswith=PREFIX).count()
    models = list(
        Product.objects.visible()
        .exclude(sku__startswith=PREFIX)
        .prefetch_related("images", "categories")
        .order_by("number")[:200]
    )
    for first, last in _spans(here, count):
        with transaction.atomic():
            _write_products(models, range(first, last), count)
            drop_catalog_cache()
        _forget_queries()
        on_rows(last - first)
    return max(count - here, 0)


def load_orders(count: int, on_rows: OnProgress) -> int:
    """There are `count` load orders afterwards; how many are new."""
    here = OrderClaim.objects.filter(owner=OWNER).count()
    buyers = list(User.objects.filter(is_staff=False, is_active=True)[:50])
    ids = list(
        Product.objects.visible().order_by("number").values_list("pk", flat=True)
    )
    for first, last in _spans(here, count):
        with transaction.atomic():
            _write_orders(ids, buyers, range(first, last), count)
            drop_catalog_cache()
        _forget_queries()
        on_rows(last - first)
    return max(count - here, 0)


def tidy() -> None:
    """PostgreSQL knows what there is now, as it would after a while by itself."""
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def _spans(here: int, count: int) -> Iterator[tuple[int, int]]:
    for first in range(here, count, BATCH):
        yield first, min(first + BATCH, count)


def _forget_queries() -> None:
    if settings.DEBUG:
        # Django would remember all these statements, long as they are.
        reset_queries()


def _write_products(models: list[Product], places: range, count: int) -> None:
    random = Random(places.start)
    numbers = next_numbers(Product, len(places))
    products, links, images = [], [], []
    with override(settings.LANGUAGE_CODE):
        for place, number in zip(places, numbers, strict=True):
            model = models[place % len(models)]
            product = _copy(model, place, number, random)
            products.append(product)
            links += [
                _Links(product_id=product.pk, category_id=category.pk)
                for category in model.categories.all()
            ]
            images += [
                # The same files: pictures are named by their content.
                image.twin(product=product, position=n)
                for n, image in enumerate(model.images.all())
            ]
        Product.objects.bulk_create(products, batch_size=BATCH)
        index_products(products)
    _Links.objects.bulk_create(links, batch_size=BATCH)
    ProductImage.objects.bulk_create(images, batch_size=BATCH)
    StockEntry.objects.bulk_create(
        (product.opening_entry() for product in products if product.stock),
        batch_size=BATCH,
    )
    for start in range(0, len(products), GROUP):
        group = [product.pk for product in products[start : start + GROUP]]
        moment = _moment(places.start + start, count, days=365, until=DAYS + 1)
        Product.objects.filter(pk__in=group).update(
            created_at=moment, updated_at=moment
        )
        StockEntry.objects.filter(product__in=group).update(created_at=moment)


def _copy(model: Product, place: int, number: int, random: Random) -> Product:
    texts: dict[str, Any] = {}
    for language in TEXT_LANGUAGES:
        name = getattr(model, f"name_{language}")
        texts[f"name_{language}"] = f"{name[:240]} {place + 1}" if name else name
        field = f"description_{language}"
        texts[field] = getattr(model, field)
    dearer = Decimal(random.randint(50, 200)) / 100
    before = model.compare_at_price
    product = Product(
        sku=f"{PREFIX}{place + 1:07}",
        price=to_money(model.price * dearer),
        compare_at_price=None if before is None else to_money(before * dearer),
        stock=random.choice([0, *range(1, 100)]),
        template_id=model.template_id,
        attributes=model.attributes,
        **texts,
    )
    product.prepare(number)
    return product


def _write_orders(
    ids: list[Any], buyers: list[User], places: range, count: int
) -> None:
    random = Random(places.start)
    chosen = [
        random.sample(ids, min(len(ids), random.choice([1, 1, 2, 3]))) for _ in places
    ]
    products = lock_products(pk for sample in chosen for pk in sample)
    numbers = next_numbers(Order, len(places))
    orders, items, history, entries = [], [], [], []
    money = Money()
    sold: dict[Any, int] = {}
    for place, number, sample in zip(places, numbers, chosen, strict=True):
        order, lines = _order(
            place, number, [products[pk] for pk in sample], buyers, random
        )
        orders.append(order)
        items += lines
        money.add(order, lines, random)
        history += [
            OrderStatusChange(order=order, status=status)
            for status in STEPS[Status(order.status)]
            # Cash is not paid before the goods are handed over.
            if status != Status.PAID or order.payment_method != CASH
        ]
        is_canceled = order.status == Status.CANCELED
        for line in lines:
            entries.append(_entry(line, -line.quantity, StockEntry.Reason.SALE))
            if is_canceled:
                entries.append(_entry(line, line.quantity, StockEntry.Reason.CANCEL))
            else:
                sold[line.product_id] = sold.get(line.product_id, 0) + line.quantity
    # What was sold had been delivered before, so the stock stays what it is.
    receipts = [
        StockEntry(product_id=pk, delta=n, reason=StockEntry.Reason.RECEIPT)
        for pk, n in sold.items()
    ]
    Order.objects.bulk_create(orders, batch_size=BATCH)
    OrderItem.objects.bulk_create(items, batch_size=BATCH)
    money.write()
    OrderStatusChange.objects.bulk_create(history, batch_size=BATCH)
    StockEntry.objects.bulk_create(receipts + entries, batch_size=BATCH)
    OrderClaim.objects.bulk_create(
        OrderClaim(owner=OWNER, key=f"key:{place + 1}", order=order)
        for place, order in zip(places, orders, strict=True)
    )
    whens = [When(pk=pk, then=Value(n)) for pk, n in sold.items()]
    extra = Case(*whens, output_field=IntegerField())
    Product.objects.filter(pk__in=sold).update(sold=F("sold") + extra)
    earliest = _moment(places.start, count, days=DAYS)
    StockEntry.objects.filter(pk__in=[row.pk for row in receipts]).update(
        created_at=earliest - timedelta(hours=1)
    )
    days: set[date] = set()
    for start in range(0, len(orders), GROUP):
        group = [order.pk for order in orders[start : start + GROUP]]
        moment = _moment(places.start + start, count, days=DAYS)
        days.add(day_of(moment))
        Order.objects.filter(pk__in=group).update(created_at=moment, updated_at=moment)
        move_money_back(group, moment)
        for model in (OrderStatusChange, StockEntry):
            model.objects.filter(order_id__in=group).update(created_at=moment)
    mark_changed(days)


def _order(
    place: int,
    number: int,
    products: list[Product],
    buyers: list[User],
    random: Random,
) -> tuple[Order, list[OrderItem]]:
    buyer = random.choice([*buyers, None])
    method, status = random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    if method not in Order.PaymentMethod.offered():
        method = TRANSFER
    order = Order(
        number=number,
        user=buyer,
        email=buyer.email if buyer else f"load{place + 1}@example.com",
        full_name=buyer.full_name if buyer else "",
        phone=buyer.phone if buyer else "",
        status=status,
        payment_method=method,
        currency=settings.SHOP_CURRENCY,
        total=Decimal(0),
    )
    lines = []
    for product in products:
        quantity = random.choice([1, 1, 2, 3])
        subtotal = to_money(product.price * quantity)
        order.total += subtotal
        lines.append(
            OrderItem(
                order=order,
                product=product,
                sku=product.sku,
                name=product.name,
                price=product.price,
                quantity=quantity,
                subtotal=subtotal,
            )
        )
    if status == Status.REFUNDED:
        order.refunded = order.total
        for line in lines:
            line.refunded_quantity = line.quantity
    return order, lines


def _entry(line: OrderItem, delta: int, reason: StockEntry.Reason) -> StockEntry:
    return StockEntry(
        product_id=line.product_id, delta=delta, reason=reason, order_id=line.order_id
    )


def _moment(place: int, count: int, *, days: int, until: int = 0) -> datetime:
    """When the row of this place came: from `days` to `until` days ago."""
    age = timedelta(days=days) * (1 - place / count)
    return timezone.now() - max(age, timedelta(days=until))
