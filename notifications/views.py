"""Saying no to letters, and yes again."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import User
from notifications import services
from notifications.models import Letter
from notifications.services.choosing import read_token
from shop.api import may


@csrf_exempt  # The signature says that it may; a mail program has no cookie (RFC 8058).
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """A look changes nothing: mail programs follow links to see what is behind them."""
    known = read_token(token)
    if known is None:
        raise Http404
    user, kind = known
    if request.method == "POST":
        services.refuse(user, kind)
    context = {
        "kind": Letter.Kind(kind).label,
        "is_refused": kind in services.refused_kinds(user),
        "is_own": request.user == user,
    }
    return render(request, "notifications/unsubscribe.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def letters(request: HttpRequest) -> HttpResponse:
    """Which letters the signed-in user gets, each with its switch."""
    user = cast(User, request.user)
    refused = services.refused_kinds(user)
    kinds = [kind for kind in Letter.OPTIONAL if kind in refused or _gets(user, kind)]
    if request.method == "POST":
        kind = request.POST.get("kind", "")
        if kind not in kinds:
            raise Http404
        change = services.want if "want" in request.POST else services.refuse
        change(user, kind)
        messages.success(request, _("Your choice is saved."))
        return redirect("notifications:letters")
    rows = [(kind, Letter.Kind(kind).label, kind not in refused) for kind in kinds]
    return render(request, "notifications/letters.html", {"rows": rows})


def _gets(user: User, kind: str) -> bool:
    """Whether there will be such letters to say no to; one is welcomed only once."""
    permission = Letter.STAFF.get(kind)
    return permission is not None and may(user, permission)
