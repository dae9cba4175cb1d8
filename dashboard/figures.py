"""What the totals tell at /metrics: whether the schedule is kept."""

from django.utils import timezone

from dashboard.models import ClosedDays
from shop.watching.figures import figure
from shop.watching.parts import schedule_seen


@figure("shop_schedule_seen_seconds", "Unix time of the last scheduled task done")
def schedule() -> float | None:
    return schedule_seen()


@figure("shop_totals_behind_days", "Days that are over and have no totals yet")
def totals_behind() -> int | None:
    closed = ClosedDays.objects.values_list("until", flat=True).first()
    if closed is None:
        return None
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    return max((today - closed).days - 1, 0)
