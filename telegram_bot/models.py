"""Chats and whose they are, updates that were taken, and what is still to be sent."""

from hmac import compare_digest
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class ChatQuerySet(models.QuerySet["Chat"]):
    def linked_to(self, user: User) -> Self:
        return self.filter(user=user).order_by("linked_at", "id")

    def reachable(self) -> Self:
        """Whose people have not blocked the bot."""
        return self.filter(blocked_at=None)


class Chat(models.Model):
    """A conversation with the bot: a person's own, or that of staff."""

    chat_id = models.BigIntegerField(_("number in Telegram"), unique=True)
    # A group that became a supergroup goes on under another number.
    moved_to = models.BigIntegerField(null=True, editable=False)
    # Who has signed in here.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="telegram_chats",
        verbose_name=_("user"),
    )
    # As in a session: a new password signs out whoever came in by the old one.
    auth_hash = models.CharField(max_length=128, blank=True, editable=False)
    name = models.CharField(_("name"), max_length=150, blank=True)
    # Chosen here, and that of the person's Telegram; empty: none of ours.
    language = models.CharField(
        _("language"), max_length=5, choices=settings.LANGUAGES, blank=True
    )
    client_language = models.CharField(max_length=5, blank=True, editable=False)
    # The checkout that is under way, as far as it was answered.
    draft = models.JSONField(default=dict, blank=True, editable=False)
    last_search = models.CharField(max_length=200, blank=True, editable=False)
    linked_at = models.DateTimeField(_("signed in"), null=True, editable=False)
    blocked_at = models.DateTimeField(
        _("blocked"),
        null=True,
        editable=False,
        help_text=_("Since when the bot may not write here."),
    )
    created_at = models.DateTimeField(_("first message"), auto_now_add=True)
    seen_at = models.DateTimeField(_("last message"), null=True, editable=False)

    objects = ChatQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("Telegram chat")
        verbose_name_plural = _("Telegram chats")

    def __str__(self) -> str:
        return self.name or str(self.chat_id)

    @property
    def address(self) -> int:
        """Where messages to this chat go."""
        return self.moved_to or self.chat_id

    @property
    def account(self) -> User | None:
        """Who is signed in, if the account is still good and has the same password."""
        user = self.user
        if user is None or not user.is_active:
            return None
        valid = compare_digest(self.auth_hash, user.get_session_auth_hash())
        return user if valid else None


class Update(models.Model):
    """An update of Telegram's that was taken, so that a repeat does nothing twice.

    What it said is kept nowhere: it may have been a password.
    """

    update_id = models.BigIntegerField(primary_key=True)
    chat_id = models.BigIntegerField()
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    # Empty while it is being answered, or since whoever did so has died.
    handled_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.update_id)


class UsedCode(models.Model):
    """A one-time code of the account page that has linked a chat."""

    digest = models.CharField(max_length=64, primary_key=True)
    used_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return self.digest[:8]


class Bot(models.Model):
    """What Telegram calls the bot of a token: pages do not wait for its answer."""

    bot_id = models.BigIntegerField(primary_key=True)
    username = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"@{self.username}"


class PushQuerySet(models.QuerySet["Push"]):
    def pending(self) -> Self:
        return self.filter(status=Push.Status.PENDING)

    def due(self) -> Self:
        now = timezone.now()
        return self.pending().filter(
            Q(next_attempt_at=None) | Q(next_attempt_at__lte=now)
        )


class Push(models.Model):
    """A message on its way to a chat; those of one chat are sent in their order."""

    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")

    chat = models.ForeignKey(
        Chat, on_delete=models.CASCADE, related_name="pushes", verbose_name=_("chat")
    )
    # What it tells of: a chat is told of it once. Empty: an answer that was held up.
    about = models.CharField(_("about"), max_length=100, null=True, blank=True)  # noqa: DJ001 - several without one
    # Somebody's own business: nothing for whoever signs in here next.
    is_personal = models.BooleanField(default=True, editable=False)
    text = models.TextField(_("text"), blank=True)
    # Rows of buttons, in Telegram's words.
    keyboard = models.JSONField(null=True, blank=True, editable=False)
    # Instead of a text: a message that is to disappear.
    delete_message_id = models.BigIntegerField(null=True, editable=False)
    status = models.CharField(
        _("status"), max_length=8, choices=Status, default=Status.PENDING
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    objects = PushQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("Telegram message")
        verbose_name_plural = _("Telegram messages")
        constraints = [
            models.UniqueConstraint(fields=["chat", "about"], name="push_once_a_chat")
        ]
        indexes = [
            models.Index(
                fields=["chat", "id"],
                name="push_pending",
                condition=Q(status="pending"),
            ),
            models.Index(
                fields=["-id"], name="push_failed", condition=Q(status="failed")
            ),
        ]

    def __str__(self) -> str:
        return self.about or self.text[:60]
