"""What is written to whom in answer to which event. Handlers only write rows."""

from events.models import OutboxMessage
from events.subscribers import subscriber
from notifications import services


@subscriber(
    "notifications.mail_customer",
    "order_created",
    "order_paid",
    "order_shipped",
    "order_canceled",
    "order_refunded",
)
def mail_customer(message: OutboxMessage) -> None:
    services.write_order_letter(message)


@subscriber("notifications.welcome", "user_created")
def welcome(message: OutboxMessage) -> None:
    services.write_welcome(message)


@subscriber("notifications.mail_staff", "order_created")
def mail_staff(message: OutboxMessage) -> None:
    services.write_staff_order(message)


@subscriber("notifications.low_stock", "stock_low")
def low_stock(message: OutboxMessage) -> None:
    services.write_low_stock(message)
