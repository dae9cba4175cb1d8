"""Totals of closed days, and what is known to have changed since (docs/adr/0020).

Nothing here is a source: `manage.py rebuild_totals` makes all of it anew from the
orders, except for the carts. Money is in tiyn, hundredths of a ₸: whole numbers are
added exactly and quickly on both databases.
"""

from django.db import models
from django.db.models import Q


class Counted(models.Model):
    """What nobody edits, and so has no permissions."""

    class Meta:
        abstract = True
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)


class ClosedDays(Counted):
    """Up to which day there are totals: one row, or none before the first."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    until = models.DateField()
    # Days are those of one time zone. In another one, all of them are others.
    zone = models.CharField(max_length=64)


class ChangedOrder(Counted):
    """The totals of this day do not tell the truth any more.

    Written in the transaction of the change and never updated, so nobody waits for
    anybody; the days are counted anew by `keep_totals`, which takes the rows away.
    """

    # None: many orders, or what is not one order's change.
    order_id = models.UUIDField(null=True)
    day = models.DateField(db_index=True)


class StatusDay(Counted):
    """The orders of a day by what they are now."""

    pk = models.CompositePrimaryKey("day", "status")
    day = models.DateField()
    status = models.CharField(max_length=10)
    orders = models.IntegerField()
    total = models.BigIntegerField()
    # Less what was refunded.
    kept = models.BigIntegerField()


class HourDay(Counted):
    """What an hour of a day brought."""

    pk = models.CompositePrimaryKey("day", "hour")
    day = models.DateField()
    hour = models.PositiveSmallIntegerField()
    orders = models.IntegerField()
    revenue = models.BigIntegerField()


class ProductDay(Counted):
    """What a product brought on a day."""

    pk = models.CompositePrimaryKey("day", "product_id")
    day = models.DateField()
    product_id = models.UUIDField()
    pieces = models.IntegerField()
    revenue = models.BigIntegerField()
    # The line of its newest sale, whose name and SKU it goes by.
    newest = models.BigIntegerField()


class ProductMonth(Counted):
    """The sum of a product's closed days in a month, which is named by its first."""

    pk = models.CompositePrimaryKey("month", "product_id")
    month = models.DateField()
    product_id = models.UUIDField()
    pieces = models.IntegerField()
    revenue = models.BigIntegerField()
    newest = models.BigIntegerField()


class BuyerDay(Counted):
    """Somebody bought something on a day, and before that on another one.

    Whoever bought in a period has one row in it whose previous day lies before it:
    different people are counted without being compared.
    """

    pk = models.CompositePrimaryKey("buyer", "day")
    # A digest of the e-mail address, so that it is not written down once more.
    buyer = models.UUIDField()
    day = models.DateField()
    previous = models.DateField(null=True)

    class Meta(Counted.Meta):
        indexes = [
            models.Index(fields=["day", "previous"], name="buyer_day_previous"),
            models.Index(
                fields=["day"], condition=Q(previous=None), name="buyer_day_first"
            ),
        ]


class CartDay(Counted):
    """How many carts something was put into on a day; no row: nobody has counted."""

    day = models.DateField(primary_key=True)
    carts = models.PositiveIntegerField()
