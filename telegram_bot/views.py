"""The door for Telegram's updates, and the button of the account page."""

import json

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from orders.views import CustomerRequest
from telegram_bot import services
from telegram_bot.dispatch import handle_update
from telegram_bot.exceptions import ChatBusy
from telegram_bot.models import Chat
from telegram_bot.webhook import is_telegram

# Bytes; a message has a few thousand letters.
LARGEST = 1024 * 1024


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """An update from Telegram: 200 once it is answered, or of no interest.

    Whatever else is answered, Telegram sends it again: so nothing but what may be
    better then, a database that is down (by the middleware) or a chat that is busy.
    """
    if not settings.TELEGRAM_BOT_TOKEN:
        raise Http404
    if not is_telegram(request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")):
        return HttpResponse("Not Telegram", status=403, content_type="text/plain")
    update = _update(request)
    if update is None:
        return HttpResponse("No update", status=400, content_type="text/plain")
    try:
        handle_update(update)
    except ChatBusy:
        return HttpResponse("Busy", status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")


def _update(request: HttpRequest) -> dict[str, object] | None:
    """The body as an update of Telegram's; None for anything else."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        return None
    try:
        update = json.loads(request.body)
    except (ValueError, RecursionError, RequestDataTooBig):
        return None
    known = isinstance(update, dict) and type(update.get("update_id")) is int
    return update if known else None


@require_POST
@login_required
def unlink(request: CustomerRequest, pk: int) -> HttpResponse:
    """Nobody is signed in in that chat any more."""
    chat = get_object_or_404(Chat, user=request.user, pk=pk)
    services.unlink(chat)
    messages.success(request, _("The chat is unlinked."))
    return redirect("accounts:account")
