"""The one-time code by which a chat is linked to an account.

The account page shows a new one each time it is drawn, and nothing is kept until one
is used: the code itself says whose it is and since when, signed.
"""

import hashlib
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hmac import compare_digest
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from accounts.models import User
from telegram_bot.exceptions import LinkCodeRefused
from telegram_bot.models import Chat, UsedCode
from telegram_bot.services.chats import link

CODE_MINUTES = 15
SALT = "telegram_bot.link"
# Bytes: whose, since when, what makes each code another one, the signature.
_ID, _TIME, _NONCE, _MAC = 16, 4, 4, 16


def make_code(user: User) -> str:
    """54 letters, digits, `-` and `_`: a start parameter of Telegram takes 64."""
    now = int(time.time()).to_bytes(_TIME, "big")
    body = user.pk.bytes + now + secrets.token_bytes(_NONCE)
    return urlsafe_b64encode(body + _sign(body, user)).decode().rstrip("=")


def link_by_code(chat: Chat, code: str) -> User:
    """The code's user is signed in here, and the code is good for nothing any more.

    Of two chats that come together with one code, one is refused.
    """
    user = _user_of(code)
    try:
        with transaction.atomic():
            UsedCode.objects.create(digest=hashlib.sha256(code.encode()).hexdigest())
            link(chat, user)
    except IntegrityError as error:
        # Used by this very message, if whoever answered it died on the way.
        chat.refresh_from_db()
        if chat.account != user:
            raise LinkCodeRefused from error
    return user


def _user_of(code: str) -> User:
    try:
        raw = urlsafe_b64decode(code + "=" * (-len(code) % 4))
    except ValueError:
        raise LinkCodeRefused from None
    # The decoder passes over what is no letter of its; such a text is another code.
    same = urlsafe_b64encode(raw).decode().rstrip("=") == code
    body, mac = raw[:-_MAC], raw[-_MAC:]
    if not same or len(body) != _ID + _TIME + _NONCE:
        raise LinkCodeRefused
    user = User.objects.filter(pk=UUID(bytes=body[:_ID]), is_active=True).first()
    age = time.time() - int.from_bytes(body[_ID : _ID + _TIME], "big")
    if user is None or not compare_digest(mac, _sign(body, user)):
        raise LinkCodeRefused
    if age > CODE_MINUTES * 60:
        raise LinkCodeRefused
    return user


def _sign(body: bytes, user: User) -> bytes:
    # With a new password, codes of before are good for nothing.
    said = body.hex() + user.get_session_auth_hash()
    return salted_hmac(SALT, said, algorithm="sha256").digest()[:_MAC]
