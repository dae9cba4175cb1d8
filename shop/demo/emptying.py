"""A shop without goods, customers and orders: what `seed --fresh` starts from."""

from collections.abc import Iterable
from uuid import UUID

from auditlog.context import disable_auditlog
from auditlog.models import LogEntry
from django.db import transaction

from accounts.models import User
from cart.models import Cart as StoredCart
from cart.models import FilledCart
from cart.services import Cart
from catalog.caching import drop_catalog_cache
from catalog.models import (
    Category,
    GoodsReceipt,
    OldAddress,
    Product,
    ProductImage,
    SpecTemplate,
    StockEntry,
)
from catalog.services.pictures import forget_files
from dashboard.models import CartDay, ChangedOrder
from dashboard.services import forget_totals
from events.models import OutboxMessage
from notifications.models import Letter
from orders.models import Order
from payments.models import EmulatedCharge, Payment, PaymentEvent, Refund, RefundItem
from shop.exceptions import Unavailable


def empty_shop() -> None:
    """Nothing is left of the catalog, the orders and their money, the carts, the
    customers, the events and the letters, nor of the history of all that. Staff
    accounts, delivery methods and settings stay.
    """
    customers = User.objects.filter(is_staff=False)
    _clear_carts(customers.values_list("pk", flat=True).iterator())
    with transaction.atomic(), disable_auditlog():
        uploads = list(ProductImage.objects.exclude(file=""))
        # Children first, so that no statement has to look for them.
        for model in (EmulatedCharge, RefundItem, Refund, PaymentEvent, Payment):
            model.objects.all().delete()
        Order.objects.all().delete()
        forget_totals()
        ChangedOrder.objects.all().delete()
        CartDay.objects.all().delete()
        ProductImage.objects.all().delete()
        StockEntry.objects.all().delete()
        GoodsReceipt.objects.all().delete()
        Product.objects.all().delete()
        SpecTemplate.objects.all().delete()
        Category.objects.all().delete()
        OldAddress.objects.all().delete()
        Letter.objects.all().delete()
        OutboxMessage.objects.all().delete()
        customers.delete()
        LogEntry.objects.all().delete()
        drop_catalog_cache()
        forget_files(uploads)


def _clear_carts(keys: Iterable[UUID]) -> None:
    StoredCart.objects.all().delete()
    FilledCart.objects.all().delete()
    try:
        for key in keys:
            Cart(str(key)).clear()
    except Unavailable:
        # Redis is down; what it holds names products that are gone, and says so.
        return
