"""What the back office pages of the catalog share."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import model_ngettext
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.admin_forms import RefusableForm
from catalog.text import folded
from shop.admin_history import HistoryMixin
from shop.admin_lists import ChosenMixin
from shop.exceptions import DomainError


def may_any(request: HttpRequest, *permissions: str) -> bool:
    """Whether whoever asks holds one of these."""
    user = request.user
    return user.is_active and any(user.has_perm(name) for name in permissions)


class ServiceAdmin(HistoryMixin, ChosenMixin):
    """Saves and deletes through services; what they refuse is said on the page.

    A subclass overrides `save_related` (the services do in one call what Django's
    admin does in two) and `delete_one`. A refusal leaves nothing behind: the history
    entry is rolled back with the change.
    """

    def save_model(self, request: HttpRequest, *args: Any) -> None:
        """Nothing yet: `save_related` knows the form and its pictures together."""

    def delete_one(self, request: HttpRequest, obj: Any) -> None:
        raise NotImplementedError

    # --- Saving -------------------------------------------------------------------

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[RefusableForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.refusal = getattr(request, "_refusal", None)
        return form

    def _changeform_view(self, request: HttpRequest, *args: Any) -> HttpResponse:
        if request.method != "POST":
            return self._page(request, *args)
        try:
            with transaction.atomic():
                return self._page(request, *args)
        except (DomainError, ValidationError) as error:
            # The same page once more, with the refusal among its errors.
            request._refusal = error
            return self._page(request, *args)
        except (ObjectDoesNotExist, Http404) as error:
            self.message_user(request, _why(error), messages.ERROR)
            return HttpResponseRedirect(self._changelist_url())

    def _page(self, request: HttpRequest, *args: Any) -> HttpResponse:
        return super()._changeform_view(request, *args)  # type: ignore[misc]

    # --- Deleting -----------------------------------------------------------------

    def get_deleted_objects(
        self, objs: Iterable[models.Model], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """What is asked about, and not all that hangs on it: that may be thousands."""
        names = [str(obj) for obj in objs]
        count = {model_ngettext(self.opts, len(names)): len(names)}
        return names, count, set(), []

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.delete_one(request, obj)

    def delete_queryset(
        self, request: HttpRequest, queryset: models.QuerySet[Any]
    ) -> None:
        """All of them, or none and the name of the one that cannot go."""
        for obj in queryset:
            name = str(obj)
            try:
                self.delete_one(request, obj)
            except DomainError as error:
                raise DomainError(f"{name}: {error}") from error

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        try:
            with transaction.atomic():
                return super().delete_view(request, object_id, extra_context)
        except (DomainError, ObjectDoesNotExist, Http404) as error:
            self.message_user(request, _why(error), messages.ERROR)
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
            return HttpResponseRedirect(reverse(name, args=[object_id]))

    def response_action(
        self, request: HttpRequest, queryset: models.QuerySet[Any]
    ) -> HttpResponse | None:
        try:
            with transaction.atomic():
                return super().response_action(request, queryset)
        except (DomainError, ObjectDoesNotExist, Http404) as error:
            self.message_user(request, _why(error), messages.ERROR)
            return None

    def _changelist_url(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")


class FoldedSearch(ModelAdmin):
    """Finds names in any letter case of any alphabet, on SQLite too.

    For tables whose names fit in memory: SQLite folds ASCII letters only.
    """

    folded_fields: ClassVar[tuple[str, ...]] = ()

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        words = folded(search_term).split()
        if not words:
            return queryset, False
        found = []
        for pk, *names in self.model.objects.values_list("pk", *self.folded_fields):
            text = folded(" ".join(name for name in names if name))
            if all(word in text for word in words):
                found.append(pk)
        return queryset.filter(pk__in=found), False


def _why(error: Exception) -> str:
    """Services meet a row that is gone only when somebody was quicker."""
    known = isinstance(error, DomainError)
    return str(error) if known else _("This has just been deleted.")


def adopt(obj: models.Model, saved: models.Model) -> None:
    """The form's instance stands for the row that a service has made of it."""
    obj.pk = saved.pk
    obj._state.adding = False
    obj.refresh_from_db()
