"""What letters tell at /metrics."""

from events.figures import MOST, age_of
from notifications.models import Letter
from shop.watching.figures import figure


@figure("shop_letters_waiting", "Letters that are to be sent, 10,000 at most")
def letters_waiting() -> int:
    waiting = Letter.objects.filter(status__in=Letter.OPEN)
    return waiting.order_by()[:MOST].count()


@figure("shop_letters_lag_seconds", "Age of the oldest letter that is to be sent")
def letters_lag() -> float:
    # Their ids begin with the time, so the first is the oldest.
    oldest = Letter.objects.filter(status__in=Letter.OPEN).order_by("id")
    return age_of(oldest.values_list("created_at", flat=True).first())
