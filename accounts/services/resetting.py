"""The letter with a link to choose a new password."""

import logging

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from accounts.models import User
from shop.mail import MAIL_ERRORS, make_message

logger = logging.getLogger(__name__)


def ask_for_reset_link(email: str, *, language: str, home: str) -> None:
    """A task is asked to send the link; without a broker it is sent here and now.

    Takes the same way whether there is such an account or not. Never fails: there is
    nobody left to tell.
    """
    from accounts.tasks import send_reset_link as task

    asked = {"email": email, "language": language, "home": home}
    try:
        # Seconds: a broker that is there and silent must not hold the request.
        task.apply_async(kwargs=asked, confirm_timeout=3)
    except (OperationalError, TimeoutError):
        logger.exception("a reset link is sent without its task")
        try:
            send_reset_link(**asked)
        except MAIL_ERRORS:
            logger.exception("a reset link was not sent")


def send_reset_link(email: str, language: str, home: str) -> None:
    """The account of this address, if there is one, has a letter with a fresh link.

    `home` is the shop's address as its reader knows it, without a slash at the end.
    The link's token is made here, and is nowhere but in the letter. Raises MAIL_ERRORS
    of `shop.mail`.
    """
    email = User.normalize_username(email)
    user = User.objects.filter(email=email, is_active=True).first()
    if user is None or not user.has_usable_password():
        return
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    path = reverse("accounts:password-reset-confirm", args=[uid, token])
    with translation.override(language):
        reset_letter(user.email, home + path, home).send()


def reset_letter(email: str, link: str, home: str = "") -> EmailMultiAlternatives:
    """As it is sent, in the active language."""
    return make_message(
        email,
        subject=_("A new password for %(SHOP_NAME)s")
        % {"SHOP_NAME": settings.SHOP_NAME},
        template="accounts/password_reset_email",
        context={"email": email, "link": link},
        headers={"Auto-Submitted": "auto-generated"},
        home=home,
    )
