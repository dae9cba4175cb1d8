"""Hiding and showing categories from their list: one click, and one click back."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import get_object_or_404
from django.template.loader import get_template
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog import services
from catalog.models import Category

# Rows of one page that are drawn anew; the list has fewer.
MOST_ROWS = 1000


class ShownMixin(ModelAdmin):
    """The column "in the shop" with its button, and the actions that do the same."""

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<uuid:category_id>/shown/",
            self.admin_site.admin_view(self.shown_view),
            name="catalog_category_shown",
        )
        return [own, *super().get_urls()]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        may_change = self.has_change_permission(request)
        for category in changelist.result_list:
            category.may_change = may_change
        return changelist

    @admin.display(description=gettext_lazy("in the shop"))
    def shown(self, category: Any) -> str:
        return _cell(category)

    def shown_view(self, request: HttpRequest, category_id: UUID) -> HttpResponse:
        """The button says what should be, not "the other way round".

        So a page that is older than somebody else's click does no harm. A script gets
        the cells of the rows that it shows; everybody else gets the list again.
        """
        if request.method != "POST" or not self.has_change_permission(request):
            raise PermissionDenied
        category = get_object_or_404(Category, pk=category_id)
        try:
            self._show([category], request, shown=request.POST.get("shown") == "1")
        except Category.DoesNotExist:
            # Deleted between the two.
            raise Http404 from None
        if request.headers.get("X-Requested-With") == "fetch":
            return JsonResponse({"cells": self._cells(request)})
        if category.is_active:
            said = _("%(name)s is shown in the shop.")
        else:
            said = _("%(name)s is hidden, and all below it.")
        messages.success(request, said % {"name": category})
        return HttpResponseRedirect(_back(request))

    @admin.action(
        description=gettext_lazy("Hide selected categories"), permissions=["change"]
    )
    def hide_selected(self, request: HttpRequest, queryset: QuerySet[Category]) -> None:
        count = self._show(queryset, request, shown=False)
        said = ngettext("%(n)s category hidden.", "%(n)s categories hidden.", count)
        self.message_user(request, said % {"n": count}, messages.SUCCESS)

    @admin.action(
        description=gettext_lazy("Show selected categories"), permissions=["change"]
    )
    def show_selected(self, request: HttpRequest, queryset: QuerySet[Category]) -> None:
        count = self._show(queryset, request, shown=True)
        said = ngettext("%(n)s category shown.", "%(n)s categories shown.", count)
        self.message_user(request, said % {"n": count}, messages.SUCCESS)

    def _show(self, categories: Any, request: HttpRequest, *, shown: bool) -> int:
        """How many were not so before."""
        changed = 0
        for category in categories:
            was = category.is_active
            if services.show_category(category, shown=shown).is_active != was:
                fields = [{"changed": {"fields": ["Shown in the shop"]}}]
                self.log_change(request, category, fields)
                changed += 1
        return changed

    def _cells(self, request: HttpRequest) -> dict[str, str]:
        ids = []
        for text in request.POST.getlist("row")[:MOST_ROWS]:
            try:
                ids.append(UUID(text))
            except ValueError:
                continue
        rows = Category.objects.filter(pk__in=ids)
        for category in rows:
            category.may_change = True
        return {str(category.pk): _cell(category) for category in rows}


def _cell(category: Any) -> str:
    template = get_template("admin/catalog/category/shown.html")
    # Escaped where it is written.
    return mark_safe(template.render({"category": category}))  # noqa: S308 - a template of ours, which escapes  # nosec B308, B703


def _back(request: HttpRequest) -> str:
    """The list as it was: a page of it, or what was searched for."""
    listed = reverse("admin:catalog_category_changelist")
    came_from = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(
        came_from, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return came_from if is_ours and listed in came_from else listed
