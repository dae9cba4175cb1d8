"""One step for many orders of the list, and what became of each of them."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders import services
from orders.admin.steps import CancelForm, refusal_of
from orders.models import Order

Status = Order.Status
# Each is a transaction of its own: more would outlast the patience of a browser.
MAX_MOVED = 500
# So many refusals are read above the list; more have a page.
SHOWN = 5
SESSION_KEY = "orders_moved"


class BulkMixin(admin.ModelAdmin):
    """Actions that move orders. What the services refuse is said of each order."""

    # --- What is asked for --------------------------------------------------------

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        changelist.most_moved = MAX_MOVED
        return changelist

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Order]
    ) -> HttpResponse | None:
        """The chosen orders, also those that have left the list since it was drawn.

        What they are now is for the service to say; an order must not fall silently
        out of what somebody has ticked.
        """
        self._refuse_others_actions(request)
        if request.POST.get("select_across") in {None, "", "0"}:
            ids = _ids(request.POST.getlist(ACTION_CHECKBOX_NAME))
            queryset = self.get_queryset(request)
            self._tell_of_missing(request, ids, queryset)
            post = request.POST.copy()
            post.setlist(ACTION_CHECKBOX_NAME, [str(pk) for pk in ids if pk])
            request.POST = post
        return super().response_action(request, queryset)

    def _refuse_others_actions(self, request: HttpRequest) -> None:
        """An action that exists, for those who may not take it."""
        known = {getattr(action, "__name__", action) for action in self.actions or ()}
        asked = known.intersection(request.POST.getlist("action"))
        if asked - self.get_actions(request).keys():
            raise PermissionDenied

    def _tell_of_missing(
        self, request: HttpRequest, ids: list[UUID | None], queryset: QuerySet[Order]
    ) -> None:
        known = queryset.filter(pk__in=[pk for pk in ids if pk]).count()
        if missing := len(ids) - known:
            text = ngettext(
                "%(n)d of the chosen orders does not exist.",
                "%(n)d of the chosen orders do not exist.",
                missing,
            )
            messages.error(request, text % {"n": missing})

    # --- The step -----------------------------------------------------------------

    def move_selected(
        self, request: HttpRequest, queryset: QuerySet[Order], status: str
    ) -> HttpResponse | None:
        orders = list(queryset.order_by("number")[: MAX_MOVED + 1])
        if len(orders) > MAX_MOVED:
            text = _("At most %(n)d orders are changed at once. Choose fewer orders.")
            messages.error(request, text % {"n": MAX_MOVED})
            return None
        if status == Status.CANCELED:
            return self._cancel_selected(request, orders)
        return self.move(request, orders, status)

    def move(
        self,
        request: HttpRequest,
        orders: Iterable[Order],
        status: str,
        **details: str,
    ) -> HttpResponse | None:
        """Each order takes the step or stays as it was; a page if much was refused."""
        outcomes = services.set_status_of_many(
            orders, status, actor=request.user, **details
        )
        return self.report(request, outcomes, status)

    def _cancel_selected(
        self, request: HttpRequest, orders: list[Order]
    ) -> HttpResponse | None:
        """There is no way back: the page names the orders, and asks for the reason."""
        refusals = [refusal_of(order, Status.CANCELED) for order in orders]
        if all(refusals):
            outcomes = map(services.Outcome, orders, refusals)
            return self.report(request, list(outcomes), Status.CANCELED)
        form = CancelForm(request.POST if "reason" in request.POST else None)
        if form.is_valid():
            return self.move(request, orders, Status.CANCELED, **form.cleaned_data)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Cancel orders"),
            "opts": self.opts,
            "form": form,
            "orders": list(zip(orders, refusals, strict=True)),
            "count": refusals.count(""),
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/orders/order/cancel.html", context)

    # --- What became of it --------------------------------------------------------

    def report(
        self, request: HttpRequest, outcomes: list[services.Outcome], status: str
    ) -> HttpResponse | None:
        """Messages; the page of results has each order by itself."""
        moved = [outcome.order for outcome in outcomes if not outcome.refusal]
        refusals = [outcome.refusal for outcome in outcomes if outcome.refusal]
        label = str(Status(status).label)
        if moved:
            changed = [{"changed": {"fields": ["Status"]}}]
            LogEntry.objects.log_actions(request.user.pk, moved, CHANGE, changed)
            text = ngettext(
                "%(n)d order is now %(status)s.",
                "%(n)d orders are now %(status)s.",
                len(moved),
            )
            messages.success(request, text % {"n": len(moved), "status": label})
        if len(outcomes) > 1:
            request.session[SESSION_KEY] = {
                "status": label,
                "rows": [
                    [str(outcome.order.pk), outcome.order.number, outcome.refusal]
                    for outcome in outcomes
                ],
                "is_new": True,
            }
        if len(refusals) > SHOWN:
            return redirect("admin:orders_order_moved")
        for refusal in refusals:
            messages.error(request, refusal)
        return None

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.moved_view)
        return [path("moved/", view, name="orders_order_moved"), *super().get_urls()]

    def moved_view(self, request: HttpRequest) -> HttpResponse:
        """Order by order: what the last step for many has done, or why it has not."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        last = request.session.get(SESSION_KEY)
        if not last:
            return redirect("admin:orders_order_changelist")
        rows = last["rows"]
        context = {
            **self.admin_site.each_context(request),
            "title": _("What was done"),
            "opts": self.opts,
            "status": last["status"],
            "refused": [row for row in rows if row[2]],
            "moved": [row for row in rows if not row[2]],
        }
        return TemplateResponse(request, "admin/orders/order/moved.html", context)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = dict(extra_context or {})
        last = request.session.get(SESSION_KEY)
        if request.method == "GET" and last and last["is_new"]:
            # Once: whoever comes back later has read it.
            context["was_moved"] = len(last["rows"])
            request.session[SESSION_KEY] = {**last, "is_new": False}
        return super().changelist_view(request, context)


def _ids(values: list[str]) -> list[UUID | None]:
    """The chosen orders, each once; None in the place of what cannot be one."""
    ids: dict[Any, UUID | None] = {}
    for value in values:
        try:
            ids[UUID(value)] = UUID(value)
        except ValueError:
            ids[value] = None
    return list(ids.values())
