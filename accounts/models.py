"""People: they sign in with an e-mail address."""

from collections.abc import Collection
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Group, PermissionsMixin
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework_simplejwt.token_blacklist.models import (
    BlacklistedToken,
    OutstandingToken,
)

from shop import audit
from shop.ids import new_id


class UserManager(BaseUserManager["User"]):
    """Creates users; looks them up without regard to the e-mail's letter case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        # Addresses are stored in lower case: an exact match, which has an index.
        return self.get(email=self.model.normalize_username(username or ""))

    def create_user(
        self, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(
        self, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        return self.create_user(
            email, password, **{**fields, "is_staff": True, "is_superuser": True}
        )


class User(AbstractBaseUser, PermissionsMixin):
    class Role(models.TextChoices):
        USER = "user", _("customer")
        STAFF = "staff", _("staff")
        ADMIN = "admin", _("administrator")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # Stored in lower case, so that equal addresses are equal strings everywhere.
    email = models.EmailField(_("e-mail"), unique=True)
    full_name = models.CharField(_("full name"), max_length=150, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    language = models.CharField(
        _("language"),
        max_length=5,
        choices=settings.LANGUAGES,
        blank=True,
        help_text=_("In which letters are written; empty: the shop's own."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(
        _("works here"), default=False, help_text=_("May enter the back office.")
    )
    created_at = models.DateTimeField(_("registered"), auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique_any_case")
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="user_newest"),
            # Few among many customers. By what else is known of them, people are found
            # by `user_person`, which only PostgreSQL has: see the migrations.
            models.Index(
                fields=["-created_at"], condition=Q(is_staff=True), name="user_staff"
            ),
            models.Index(
                fields=["-created_at"],
                condition=Q(is_superuser=True),
                name="user_superusers",
            ),
            models.Index(
                fields=["-created_at"],
                condition=Q(is_active=False),
                name="user_inactive",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @classmethod
    def normalize_username(cls, username: str) -> str:
        """How an e-mail is stored; forms compare it in this form too."""
        return super().normalize_username(username).strip().lower()

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        # Forms hear about a taken e-mail from the field's own `unique`, beside it.
        super().validate_constraints(exclude={*(exclude or ()), "email"})

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.normalize_username(self.email)
        # Django's own mark of a password that was set and is not stored yet.
        set_password = getattr(self, "_password", None) is not None
        new_password = set_password and not self._state.adding
        with transaction.atomic():
            super().save(*args, **kwargs)
            # Here and not in a service: Django's own forms and commands change
            # passwords too, and whoever knew the old one must be out after all.
            if new_password:
                self.revoke_refresh_tokens()
                audit.record(self, {"password": [audit.HIDDEN, audit.HIDDEN]})

    def revoke_refresh_tokens(self) -> None:
        """No refresh token of this user, handed out so far, is good any more."""
        BlacklistedToken.objects.bulk_create(
            (
                BlacklistedToken(token=token)
                for token in OutstandingToken.objects.filter(
                    user=self, blacklistedtoken=None, expires_at__gt=timezone.now()
                ).only("id")
            ),
            ignore_conflicts=True,
        )

    @property
    def role(self) -> str:
        """Derived from Django's own flags, so that the two can never disagree."""
        if self.is_superuser:
            return self.Role.ADMIN.value
        return (self.Role.STAFF if self.is_staff else self.Role.USER).value

    @role.setter
    def role(self, value: str) -> None:
        role = self.Role(value)
        self.is_superuser = role == self.Role.ADMIN
        self.is_staff = role != self.Role.USER

    def get_full_name(self) -> str:
        return self.full_name or self.email

    def get_short_name(self) -> str:
        return self.full_name.split(" ")[0] or self.email


class RoleGroup(models.Model):
    """The group of a role of the shop, and what it was given so far.

    Without a group: an administrator has deleted it, and it does not come back.
    """

    code = models.CharField(max_length=32, primary_key=True)
    group = models.OneToOneField(
        Group, on_delete=models.SET_NULL, null=True, related_name="role_group"
    )
    # `app.codename` of each permission, those too that were taken back since.
    granted = models.JSONField(default=list)

    class Meta:
        # Nobody edits it: no permission is for that.
        default_permissions = ()

    def __str__(self) -> str:
        return self.code


class Address(models.Model):
    """Where somebody has their orders sent: theirs, or a friend's or an office's."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="addresses")
    title = models.CharField(
        _("title"), max_length=60, blank=True, help_text=_("For example: Home.")
    )
    full_name = models.CharField(_("full name"), max_length=150, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    address = models.CharField(_("address"), max_length=500)
    is_default = models.BooleanField(_("default"), default=False)
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    class Meta:
        ordering = ["-is_default", "-created_at", "-id"]
        verbose_name = _("saved address")
        verbose_name_plural = _("saved addresses")
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(is_default=True),
                name="address_one_default",
            )
        ]

    def __str__(self) -> str:
        return self.title or self.address[:60]
