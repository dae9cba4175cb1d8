"""Who wants no letters of which kind."""

from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import User
from notifications.models import Letter, OptOut
from shop.mail import absolute_url

SALT = "notifications.unsubscribe"


def unsubscribe_url(user: User, kind: str) -> str:
    """The address by which the user refuses this kind, without signing in.

    Signed, and good for ever: an old letter must still be refusable.
    """
    token = Signer(salt=SALT, sep=".").sign(f"{user.pk.hex}-{kind}")
    return absolute_url(reverse("notifications:unsubscribe", args=[token]))


def read_token(token: str) -> tuple[User, str] | None:
    """Whose refusal of what the address stands for; None for one that we did not make.

    Somebody who is gone refuses nothing.
    """
    try:
        user_id, _, kind = Signer(salt=SALT, sep=".").unsign(token).partition("-")
    except BadSignature:
        return None
    user = User.objects.filter(pk=UUID(user_id)).first()
    return (user, kind) if user and kind in Letter.OPTIONAL else None


def refuse(user: User, kind: str) -> None:
    """The user gets no letters of this kind any more, however often it is said."""
    try:
        with transaction.atomic():
            OptOut.objects.get_or_create(user=user, kind=kind)
    except IntegrityError:
        # Deleted meanwhile: there is nobody to write to.
        return


def want(user: User, kind: str) -> None:
    """The user gets letters of this kind, as at the beginning."""
    OptOut.objects.filter(user=user, kind=kind).delete()


def refused_kinds(user: User) -> set[str]:
    return set(OptOut.objects.filter(user=user).values_list("kind", flat=True))
