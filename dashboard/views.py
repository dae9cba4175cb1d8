"""Short addresses that lead to lists of the back office."""

from collections.abc import Callable

from django.contrib import admin
from django.http import HttpResponseBase
from django.views.generic import RedirectView


def to_changelist(name: str) -> Callable[..., HttpResponseBase]:
    """A short address that leads to a list of the back office, filters included."""
    view = RedirectView.as_view(pattern_name=name, query_string=True)
    return admin.site.admin_view(view)
