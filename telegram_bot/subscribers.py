"""What happens in the shop, as chats are told of it."""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from catalog.models import Product
from events.models import OutboxMessage
from events.subscribers import subscriber
from orders.models import Order
from shop.money import format_price
from telegram_bot import services
from telegram_bot.keyboards import button, links
from telegram_bot.models import Chat

# What is older is news to nobody.
NEWS = timedelta(days=3)
# Lines of a new order that staff are shown.
LINES = 20


@subscriber(
    "telegram_bot.push_customer",
    "order_created",
    "order_paid",
    "order_shipped",
    "order_completed",
    "order_canceled",
    "order_refunded",
)
def push_customer(message: OutboxMessage) -> None:
    """The chats of the order's customer, but for the one in which it was placed."""
    if not _is_news(message):
        return
    orders = Order.objects.filter(pk=message.payload["order_id"], hidden_at=None)
    order = orders.select_related("user").first()
    if order is None or order.user is None:
        return
    know = set()
    if message.event_type == "order_created":
        know = services.chats_that_ordered(order)
    chats = Chat.objects.linked_to(order.user).reachable().select_related("user")
    for chat in chats:
        if chat.pk in know or chat.account is None:
            continue
        with translation.override(services.language_of(chat)):
            services.push(
                chat,
                _news_of(order, message.event_type),
                [[button(_("Look at the order"), "order", order.number)]],
                about=f"{message.event_type}:{order.pk}",
            )


@subscriber("telegram_bot.push_staff", "order_created", "stock_low")
def push_staff(message: OutboxMessage) -> None:
    """The chats of TELEGRAM_STAFF_CHAT_IDS, in the shop's language."""
    if not _is_news(message):
        return
    with translation.override(settings.LANGUAGE_CODE):
        for chat_id in dict.fromkeys(settings.TELEGRAM_STAFF_CHAT_IDS):
            chat, _created = Chat.objects.get_or_create(chat_id=chat_id)
            if chat.blocked_at is not None:
                continue
            if message.event_type == "order_created":
                _push_new_order(chat, message)
            else:
                _push_low_stock(chat, message)


def _is_news(message: OutboxMessage) -> bool:
    recent = message.created_at > timezone.now() - NEWS
    return bool(settings.TELEGRAM_BOT_TOKEN) and recent


def _news_of(order: Order, event: str) -> str:
    text = {
        "order_created": _("Order %(number)s is placed: %(total)s."),
        "order_paid": _("Order %(number)s is paid. Thank you!"),
        "order_shipped": _("Order %(number)s is on its way."),
        "order_completed": _("Order %(number)s is completed. Thank you!"),
        "order_canceled": _("Order %(number)s is canceled."),
        "order_refunded": _("Order %(number)s is refunded."),
    }[event]
    text %= {"number": order.number, "total": format_price(order.total)}
    last = order.history.last() if event == "order_canceled" else None
    reason = last.told_reason if last else ""
    return f"{text}\n{reason}".strip()


def _push_new_order(chat: Chat, message: OutboxMessage) -> None:
    said = message.payload
    lines = [f"{item['name']} × {item['qty']}" for item in said["items"][:LINES]]
    if len(said["items"]) > LINES:
        lines.append("…")
    new = _("New order %(number)s: %(total)s") % {
        "number": said["number"],
        "total": format_price(said["total_amount"]),
    }
    services.push(
        chat,
        "\n".join([new, said["customer_email"], "", *lines]),
        [links(_("Open"), _back_office("orders_order", said["order_id"]))],
        about=f"new_order:{message.pk}",
        personal=False,
    )


def _push_low_stock(chat: Chat, message: OutboxMessage) -> None:
    said = message.payload
    product = Product.objects.filter(pk=said["product_id"]).first()
    name = f" · {product}" if product else ""
    services.push_line(
        chat,
        _("Low stock:"),
        f"{said['sku']}{name} — {said['stock']}",
        about=f"low_stock:{message.pk}",
    )


def _back_office(model: str, pk: str) -> str:
    return reverse(f"admin:{model}_change", args=[pk])
