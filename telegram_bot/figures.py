"""What the bot tells at /metrics."""

from events.figures import MOST
from shop.watching.figures import figure
from telegram_bot.models import Push


@figure("shop_pushes_waiting", "Messages of the bot to be sent, 10,000 at most")
def pushes_waiting() -> int:
    return Push.objects.pending().order_by()[:MOST].count()
