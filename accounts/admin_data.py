"""The back office's page for who writes to be told, or forgotten."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import services
from accounts.data_views import file_of
from accounts.models import User
from shop.exceptions import DomainError


class ForgetForm(forms.Form):
    """Whoever forgets somebody types the address once more."""

    email = forms.EmailField(
        label=gettext_lazy("The customer's e-mail address, to be sure"),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "class": "vTextField"}),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_email(self) -> str:
        email = User.normalize_username(self.cleaned_data["email"])
        if email != self.user.email:
            raise forms.ValidationError(_("This is not the account's e-mail address."))
        return email


class PersonalDataMixin:
    """For who may delete the account: theirs is the same page, and the same care."""

    admin_site: Any
    opts: Any

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<uuid:user_id>/personal-data/",
            self.admin_site.admin_view(self.personal_data_view),
            name="accounts_user_personal_data",
        )
        return [own, *super().get_urls()]  # type: ignore[misc]

    @method_decorator(never_cache)
    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def personal_data_view(self, request: HttpRequest, user_id: UUID) -> HttpResponse:
        user = get_object_or_404(User, pk=user_id)
        if not self.has_delete_permission(request, user):  # type: ignore[attr-defined]
            raise PermissionDenied
        person = services.person_of(user, is_proven=True)
        if "download" in request.POST:
            # Who has read all of it stands in the account's history.
            self.log_change(request, user, _("Personal data was downloaded."))  # type: ignore[attr-defined]
            return file_of(services.export_person(person))
        form = ForgetForm(user, request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                services.forget_person(person, by=cast(User, request.user))
            except DomainError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("The account is deleted and forgotten."))
                return redirect("admin:accounts_user_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Personal data"),
            "subtitle": user.email,
            "opts": self.opts,
            "customer": user,
            "form": form,
            "hindrances": services.hindrances(person),
        }
        return render(request, "admin/accounts/user/personal_data.html", context)
