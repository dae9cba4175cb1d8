"""Letters that are to be sent, and who wants none of which kind."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from shop.ids import new_id

# What happened longer ago is no news: nobody wants an outage's letters a week later.
NEWS_FOR = timedelta(days=3)
# A claim that is older than this belongs to nobody: its task was stopped before.
CLAIM_LASTS = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT + 60)


class LetterQuerySet(models.QuerySet["Letter"]):
    def due(self, now: datetime) -> Self:
        """What may be sent now, the oldest first.

        A letter waits for an earlier one about the same thing to the same reader, so
        that nobody reads of the parcel before the order. One whose claim has run out
        is among them: its task died, perhaps after the mail server had said yes.
        """
        free = Q(status=Letter.Status.PENDING) & (
            Q(next_attempt_at=None) | Q(next_attempt_at__lte=now)
        )
        abandoned = Q(status=Letter.Status.SENDING, claimed_at__lt=now - CLAIM_LASTS)
        earlier = Letter.objects.filter(
            about=OuterRef("about"),
            recipient=OuterRef("recipient"),
            status__in=Letter.OPEN,
            id__lt=OuterRef("id"),
        )
        return self.filter(free | abandoned, ~Exists(earlier)).order_by("id")


class Letter(models.Model):
    """One e-mail. Its text is made when it is sent, from what is true then.

    Written by a subscriber in the transaction that marks its delivery done, so it is
    here exactly once. Neither text nor links nor tokens are kept.
    """

    class Kind(models.TextChoices):
        ORDER_PLACED = "order_placed", _("order placed")
        ORDER_PAID = "order_paid", _("order paid")
        ORDER_SHIPPED = "order_shipped", _("order shipped")
        ORDER_CANCELED = "order_canceled", _("order canceled")
        ORDER_REFUNDED = "order_refunded", _("order refunded")
        WELCOME = "welcome", _("welcome")
        STAFF_ORDER = "staff_order", _("new order, to staff")
        STAFF_LOW_STOCK = "staff_low_stock", _("low stock, to staff")

    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        # Refused for good, or too often; somebody has to look.
        FAILED = "failed", _("failed")
        # There was nothing to say any more, or nobody who wanted to hear it.
        CANCELED = "canceled", _("not needed")

    OPEN: ClassVar[list[str]] = [Status.PENDING, Status.SENDING]
    # What the permission of a member of staff is, to be told of such things.
    STAFF: ClassVar[dict[str, str]] = {
        Kind.STAFF_ORDER: "orders.view_order",
        Kind.STAFF_LOW_STOCK: "catalog.view_product",
    }
    # What one may say no to. The others are part of a purchase.
    OPTIONAL: ClassVar[list[str]] = [Kind.WELCOME, *STAFF]

    # Also its Message-ID, by which mail servers know a letter that comes twice.
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    recipient = models.EmailField(_("recipient"))
    # Of the text; empty: the shop's own.
    language = models.CharField(
        _("language"), max_length=5, choices=settings.LANGUAGES, blank=True
    )
    # The event's aggregate: letters about one thing keep their order.
    about = models.CharField(_("about"), max_length=64)
    # Ids, and what the event said that is not stored elsewhere.
    facts = models.JSONField(_("facts"), default=dict)
    # The event that it answers to.
    message_id = models.UUIDField(_("event"))
    status = models.CharField(
        _("status"), max_length=8, choices=Status, default=Status.PENDING
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    last_error = models.TextField(_("last error"), blank=True)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    claimed_at = models.DateTimeField(_("taken"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        constraints = [
            models.UniqueConstraint(
                fields=["message_id", "kind", "recipient"], name="letter_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                name="letter_open",
                condition=Q(status__in=["pending", "sending"]),
            ),
            models.Index(
                fields=["about", "recipient", "id"],
                name="letter_open_about",
                condition=Q(status__in=["pending", "sending"]),
            ),
            models.Index(fields=["created_at"], name="letter_by_age"),
            # As the back office narrows and searches its list.
            models.Index(fields=["status", "-id"], name="letter_by_status"),
            models.Index(fields=["kind", "-id"], name="letter_by_kind"),
            models.Index(Upper("recipient"), name="letter_by_recipient"),
            models.Index(fields=["about"], name="letter_by_about"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} → {self.recipient}"

    @property
    def is_old_news(self) -> bool:
        """Nobody has tried to send it for so long; asked for again, it is new again."""
        is_first = self.attempts <= 1 and self.next_attempt_at is None
        return is_first and self.created_at < timezone.now() - NEWS_FOR


class OptOut(models.Model):
    """Somebody wants no letters of this kind."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="opt_outs", verbose_name=_("user")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Letter.Kind)
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        verbose_name = _("refusal of letters")
        verbose_name_plural = _("refusals of letters")
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="opt_out_once")
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.kind}"
