"""The outbox: what happened, written beside the change that it reports."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from shop.ids import new_id


class OutboxMessage(models.Model):
    """One event. Its id is the `message_id` that consumers deduplicate by."""

    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        SENT = "sent", _("sent")

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
    last_error = models.TextField(_("last error"), blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        db_table = "outbox_messages"
        ordering = ["created_at", "id"]
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(
                fields=["created_at", "id"],
                name="outbox_pending",
                condition=models.Q(status="pending"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.aggregate}"

    @property
    def routing_key(self) -> str:
        """`order_created` travels as `order.created`."""
        return self.event_type.replace("_", ".", 1)
