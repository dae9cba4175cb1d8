"""The account itself: profile, addresses, sign-ins, and what became of it."""

from typing import Any

from auditlog.models import LogEntry
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.contenttypes.models import ContentType
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts.models import User
from accounts.personal import Person, PersonalData, register
from events.services import forget_addresses
from shop import audit


@register
class Account(PersonalData):
    name = "account"
    lets_go_of = (OutstandingToken,)

    def collect(self, person: Person) -> Any:
        user = person.user
        return user and {
            "id": user.pk,
            "email": user.email,
            "full_name": user.full_name,
            "phone": user.phone,
            "language": user.language,
            "role": user.role,
            "groups": [group.name for group in user.groups.all()],
            "is_active": user.is_active,
            "registered_at": user.created_at,
            "last_sign_in_at": user.last_login,
            "addresses": list(
                user.addresses.values(
                    "title", "full_name", "phone", "address", "is_default", "created_at"
                )
            ),
            "signed_in_devices": list(
                OutstandingToken.objects.filter(user=user, blacklistedtoken=None)
                .order_by("id")
                .values("created_at", "expires_at")
            ),
            "failed_sign_ins": list(
                AccessAttempt.objects.filter(username=user.email)
                .order_by("id")
                .values(
                    "attempt_time", "ip_address", "user_agent", "failures_since_start"
                )
            ),
            "history": [
                {
                    "time": entry.timestamp,
                    "action": entry.get_action_display(),
                    "changes": entry.changes,
                }
                for entry in _history(user)
            ],
        }

    def forget(self, person: Person) -> None:
        for email in (person.email, *_former_addresses(person)):
            for tries in (AccessAttempt, AccessLog, AccessFailureLog):
                tries.objects.filter(username__iexact=email).delete()
            audit.forget_address(email, person.user)
        if user := person.user:
            forget_addresses([user.pk], person.alias)
            # Each says whose it was.
            OutstandingToken.objects.filter(user=user).delete()


def _former_addresses(person: Person) -> set[str]:
    """What the account was called before, if nobody else is called so now."""
    if not person.user:
        return set()
    changed = [
        entry.changes["email"]
        for entry in _history(person.user)
        if entry.changes and "email" in entry.changes
    ]
    before = {str(old).lower() for old, _new in changed} - {person.email, "none"}
    taken = User.objects.filter(email__in=before).values_list("email", flat=True)
    return before - set(taken)


def _history(user: User) -> Any:
    kind = ContentType.objects.get_for_model(User)
    entries = LogEntry.objects.filter(content_type=kind, object_pk=str(user.pk))
    return entries.order_by("timestamp")
