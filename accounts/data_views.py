"""The page about one's own data: to take along, and to delete with the account."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth import logout as end_session
from django.contrib.auth.decorators import login_required
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts import services
from accounts.forms import DeleteForm, ExportForm
from accounts.models import User
from shop.throttling import limited


def file_of(held: dict[str, Any]) -> HttpResponse:
    """The answer that a browser saves as a file, which no cache keeps."""
    return JsonResponse(
        held,
        encoder=DjangoJSONEncoder,
        json_dumps_params={"ensure_ascii": False, "indent": 2},
        content_type="application/json; charset=utf-8",
        headers={
            "Content-Disposition": 'attachment; filename="personal-data.json"',
            "Cache-Control": "no-store",
        },
    )


@never_cache
@login_required
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    return _page(request, ExportForm(request), DeleteForm(request))


@never_cache
@sensitive_post_parameters()
@login_required
@require_POST
@limited("data")
def download(request: HttpRequest) -> HttpResponse:
    form = ExportForm(request, request.POST)
    held = form.collect() if form.is_valid() else None
    if held is None:
        return _page(request, form, DeleteForm(request))
    return file_of(held)


@never_cache
@sensitive_post_parameters()
@login_required
@require_POST
def delete(request: HttpRequest) -> HttpResponse:
    """Whoever is gone is a visitor from then on."""
    form = DeleteForm(request, request.POST)
    if not (form.is_valid() and form.delete()):
        return _page(request, ExportForm(request), form)
    end_session(request)
    messages.success(request, _("Your account is deleted. Goodbye!"))
    return redirect("catalog:product-list")


def _page(
    request: HttpRequest, export_form: ExportForm, delete_form: DeleteForm
) -> HttpResponse:
    user = cast(User, request.user)
    context = {
        "export_form": export_form,
        "delete_form": delete_form,
        "hindrances": services.hindrances(services.person_of(user)),
    }
    return render(request, "accounts/data.html", context)
