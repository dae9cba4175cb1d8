"""What has run out and lets nobody in any more is removed."""

from datetime import timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

BATCH = 1000
# A request that found it just before its end may still be at work, and write it.
STAYS = timedelta(hours=1)


def forget_expired() -> int:
    """No session and no refresh token is kept long past its end; how many went.

    A token's mark of having been used or revoked goes with it: past its end it is
    refused without one.
    """
    limit = timezone.now() - STAYS
    return _remove(Session.objects.filter(expire_date__lt=limit)) + _remove(
        OutstandingToken.objects.filter(expires_at__lt=limit)
    )


def _remove(expired: QuerySet[Any]) -> int:
    """In parts: nobody waits long for a lock, and what is done stays done."""
    gone = 0
    while ids := list(expired.order_by().values_list("pk", flat=True)[:BATCH]):
        expired.model.objects.filter(pk__in=ids).delete()
        gone += len(ids)
    return gone
