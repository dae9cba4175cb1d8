"""The signature of callbacks, and the body that it signs (contract §6)."""

import hashlib
import hmac
import json
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from payments.exceptions import BadCallback, BadSignature
from payments.models import PaymentEvent
from payments.providers.base import Notice

PREFIX = "sha256="


def sign(body: bytes) -> str:
    """The value of `X-Signature`: an HMAC-SHA256 of the raw body, in hex."""
    return PREFIX + hmac.new(_secret(), body, hashlib.sha256).hexdigest()


def check(body: bytes, signature: str) -> None:
    """Nothing, or BadSignature. Takes the same time for every wrong signature."""
    if not hmac.compare_digest(sign(body).encode(), signature.encode()):
        raise BadSignature


def read(body: bytes) -> Notice:
    """The notice that the body holds. Raises BadCallback."""
    try:
        data = json.loads(body, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise BadCallback(_("This is not JSON.")) from None
    if not isinstance(data, dict):
        raise BadCallback(_("A JSON object is expected."))
    form = CallbackSerializer(data=data)
    form.is_valid(raise_exception=True)
    fields = form.validated_data
    return Notice(said=fields.pop("status"), **fields)


class CallbackSerializer(serializers.Serializer):
    """What a provider says of a payment."""

    payment_id = serializers.UUIDField()
    event_id = serializers.CharField(max_length=200, trim_whitespace=False)
    status = serializers.ChoiceField(choices=PaymentEvent.Said.choices)
    # As sent: what differs by less than 0.01 ₸ differs.
    amount = serializers.DecimalField(max_digits=None, decimal_places=None)
    currency = serializers.CharField(max_length=10, trim_whitespace=False)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data.get("amount"), bool):
            raise serializers.ValidationError({"amount": [_("A number is expected.")]})
        return super().to_internal_value(data)


def _secret() -> bytes:
    if settings.PAYMENT_CALLBACK_SECRET:
        return settings.PAYMENT_CALLBACK_SECRET.encode()
    return salted_hmac("payments.callback", "", algorithm="sha256").digest()


def _no_number(name: str) -> None:
    raise ValueError(name)
