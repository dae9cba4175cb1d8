from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from notifications import services
from notifications.models import Letter
from shop.admin_lists import BoundedListAdmin


@admin.register(Letter)
class LetterAdmin(BoundedListAdmin):
    """What was written to whom: to read, and to send again where that has failed."""

    list_display = [
        "kind", "recipient", "language", "status", "attempts", "created_at", "sent_at",
    ]  # fmt: skip
    list_filter = ["status", "kind", "created_at"]
    sortable_by = ["created_at"]
    # The field is there because of it; `get_search_results` does the finding.
    search_fields = ["recipient"]
    search_help_text = _("The whole e-mail address")
    actions = ["send_again"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Letter], search_term: str
    ) -> tuple[QuerySet[Letter], bool]:
        if word := search_term.replace("\0", "").strip():
            queryset = queryset.filter(Q(recipient__iexact=word) | Q(about=word))
        return queryset, False

    @admin.action(description=_("Send again"), permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Letter]) -> None:
        """Only what has failed: the others are on their way, or have arrived."""
        # All of a list may be chosen: those that have arrived are not even read.
        failed = queryset.filter(status=Letter.Status.FAILED)
        count = services.send_again(list(failed.values_list("pk", flat=True)))
        if not count:
            messages.info(request, _("None of these letters has failed."))
            return
        text = ngettext(
            "%(n)s letter is sent again.", "%(n)s letters are sent again.", count
        )
        messages.success(request, text % {"n": count})

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("notifications.change_letter")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
