"""The outbox: what happened, written beside the change that it reports."""

from typing import Self

from django.db import connection, models
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from shop.ids import new_id


class MessageQuerySet(models.QuerySet["OutboxMessage"]):
    def pending(self) -> Self:
        return self.filter(status=OutboxMessage.Status.PENDING)

    def in_order(self) -> Self:
        """As they were written: within one aggregate also as their changes happened.

        Clocks of several machines cannot tell, so the database counts: by an identity
        column on PostgreSQL, by the row's own number on SQLite. Whoever changes a thing
        holds its row, so what happened to it first was also counted first.
        """
        column = "position" if connection.vendor == "postgresql" else "rowid"
        return self.order_by(RawSQL(f"outbox_messages.{column}", []))  # noqa: S611 - one of two names of ours  # nosec B611

    def with_body(self) -> Self:
        """Each has its payload as the database writes it, in `body`.

        What is never read cannot fail to be read: no row keeps the others waiting.
        """
        return self.defer("payload").annotate(body=Cast("payload", models.TextField()))


class OutboxMessage(models.Model):
    """One event. Its id is the `message_id` that consumers deduplicate by."""

    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        SENT = "sent", _("sent")
        # Refused too often for reasons of its own; somebody has to look.
        PARKED = "parked", _("parked")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    event_type = models.CharField(_("event"), max_length=64)
    aggregate = models.CharField(
        _("about"),
        max_length=64,
        help_text=_("What the event is about; events of one thing keep their order."),
    )
    payload = models.JSONField(_("payload"))
    status = models.CharField(
        _("status"), max_length=8, choices=Status, default=Status.PENDING
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    # Those of the attempts that failed because of the message, not of the broker.
    refusals = models.PositiveIntegerField(_("refusals"), default=0)
    last_error = models.TextField(_("last error"), blank=True)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    # Of those that were read by `with_body`.
    body: str

    objects = MessageQuerySet.as_manager()

    class Meta:
        db_table = "outbox_messages"
        ordering = ["created_at", "id"]
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            # What is pending is read in order from an index of each database's own
            # kind (migrations 0002 and 0004). Here are the few that were refused.
            models.Index(
                fields=["aggregate"],
                name="outbox_waiting",
                condition=models.Q(status="pending", next_attempt_at__isnull=False),
            ),
            models.Index(
                fields=["-id"],
                name="outbox_parked",
                condition=models.Q(status="parked"),
            ),
            models.Index(fields=["event_type", "-id"], name="outbox_by_type"),
            models.Index(fields=["aggregate"], name="outbox_by_aggregate"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.aggregate}"

    @property
    def routing_key(self) -> str:
        """`order_created` travels as `order.created`."""
        return self.event_type.replace("_", ".", 1)


class ArchivedMessage(models.Model):
    """An event that everybody was told of long ago; nothing is done with it now."""

    id = models.UUIDField(primary_key=True, editable=False)
    event_type = models.CharField(_("event"), max_length=64)
    aggregate = models.CharField(_("about"), max_length=64, db_index=True)
    payload = models.JSONField(_("payload"))
    attempts = models.PositiveIntegerField(_("attempts"))
    last_error = models.TextField(_("last error"), blank=True)
    created_at = models.DateTimeField(_("created"))
    sent_at = models.DateTimeField(_("sent"))

    class Meta:
        db_table = "outbox_archive"
        ordering = ["-id"]
        verbose_name = _("archived event")
        verbose_name_plural = _("archived events")
        indexes = [
            models.Index(fields=["event_type", "-id"], name="archive_by_type"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.aggregate}"


class Delivery(models.Model):
    """One event for one subscriber: whether its answer has been given.

    Written with the event's `sent`, so no subscriber is forgotten. The subscriber's own
    changes are in the transaction that marks it done, so each answers once.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        DONE = "done", _("done")
        PARKED = "parked", _("parked")

    message = models.ForeignKey(
        OutboxMessage,
        on_delete=models.CASCADE,
        related_name="deliveries",
        verbose_name=_("event"),
    )
    subscriber = models.CharField(_("subscriber"), max_length=64)
    # The message's: what happened to one thing is answered in order.
    aggregate = models.CharField(_("about"), max_length=64)
    status = models.CharField(
        _("status"), max_length=8, choices=Status, default=Status.PENDING
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    last_error = models.TextField(_("last error"), blank=True)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("event delivery")
        verbose_name_plural = _("event deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["message", "subscriber"], name="delivery_once_a_subscriber"
            )
        ]
        indexes = [
            models.Index(
                fields=["subscriber", "aggregate", "id"],
                name="delivery_pending",
                condition=models.Q(status="pending"),
            ),
            models.Index(
                fields=["-id"],
                name="delivery_parked",
                condition=models.Q(status="parked"),
            ),
            models.Index(fields=["aggregate"], name="delivery_by_aggregate"),
            models.Index(fields=["subscriber", "-id"], name="delivery_by_subscriber"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} → {self.subscriber}"
