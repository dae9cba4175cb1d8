"""What orders tell at /metrics: counts of today, as events have written them down.

Any process places and cancels orders (web, bot, worker), so the database counts. A
counter begins at 0 at the shop's midnight, which Prometheus takes for a restart.
"""

from events.figures import told_today
from orders.models import Order
from shop.watching.figures import figure


@figure("shop_orders_placed_total", "Orders placed, since midnight", counts_up=True)
def orders_placed() -> int:
    return told_today("order_created").count()


@figure("shop_orders_paid_total", "Orders paid, since midnight", counts_up=True)
def orders_paid() -> int:
    return told_today("order_paid").count()


@figure("shop_orders_canceled_total", "Orders canceled, since midnight", counts_up=True)
def orders_canceled() -> int:
    return told_today("order_canceled").count()


@figure("shop_orders_to_pack", "Orders whose goods can be packed now")
def orders_to_pack() -> int:
    return Order.objects.to_pack().order_by().count()
