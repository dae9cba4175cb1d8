"""Pages about one's own saved addresses; anybody else's are not there."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from accounts import services
from accounts.forms import AddressForm
from accounts.models import Address, User
from accounts.services.addresses import MAX_ADDRESSES
from shop.phones import usable_phone


@never_cache
@login_required
@require_safe
def address_list(request: HttpRequest) -> HttpResponse:
    addresses = list(_me(request).addresses.all())
    context = {"addresses": addresses, "is_full": len(addresses) >= MAX_ADDRESSES}
    return render(request, "accounts/address_list.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def address_add(request: HttpRequest) -> HttpResponse:
    user = _me(request)
    phone = usable_phone(user.phone)
    new = Address(user=user, full_name=user.full_name, phone=phone)
    return _edit(request, new)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def address_edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _edit(request, _own(request, pk))


def _edit(request: HttpRequest, address: Address) -> HttpResponse:
    posted = request.POST if request.method == "POST" else None
    is_new = address._state.adding
    form = AddressForm(posted, instance=address)
    if form.is_valid() and form.keep(_me(request)):
        messages.success(request, _("The address is saved."))
        return redirect("accounts:address-list")
    context = {"form": form, "is_new": is_new}
    return render(request, "accounts/address_form.html", context)


@login_required
@require_POST
def address_delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    services.delete_address(_own(request, pk))
    messages.success(request, _("The address is deleted."))
    return redirect("accounts:address-list")


@login_required
@require_POST
def address_default(request: HttpRequest, pk: UUID) -> HttpResponse:
    services.make_default(_own(request, pk))
    messages.success(request, _("Your orders are offered this address first."))
    return redirect("accounts:address-list")


def _own(request: HttpRequest, pk: UUID) -> Address:
    return get_object_or_404(_me(request).addresses, pk=pk)


def _me(request: HttpRequest) -> User:
    return cast(User, request.user)
