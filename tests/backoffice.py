"""Working in the back office as staff would: open a form, change it, send it."""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.db.models.fields.files import FieldFile
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from events.models import OutboxMessage
from tests.factories import make_admin, make_user


def staff_with(*permissions: str) -> User:
    """A member of staff with these permissions, `catalog.change_product` …"""
    user = make_user(role=User.Role.STAFF)
    for permission in permissions:
        app, codename = permission.split(".")
        user.user_permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=codename)
        )
    return user


def staff_in(role: str) -> User:
    """A member of staff in the group of one of the shop's roles."""
    user = make_user(role=User.Role.STAFF)
    user.groups.add(Group.objects.get(role_group__code=role))
    return user


def office(user: User | None = None) -> Client:
    """A browser in which the user, or a new admin, has signed in."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(user or make_admin())
    return client


def filled(page: Any, **changes: Any) -> dict[str, Any]:
    """What the browser would send from this page, with these fields changed."""
    data: dict[str, Any] = {}
    forms = [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for field in form:
            value = field.value()
            # A browser sends no unchecked box, and no file that is stored already.
            if value is None or value is False or isinstance(value, FieldFile):
                continue
            data[field.html_name] = "on" if value is True else value
    return {**data, **changes}


def errors(page: Any) -> dict[str, list[str]]:
    """What the page says about each field that was refused."""
    assert page.status_code == 200, page.status_code
    found = page.context["adminform"].form.errors
    return {field: list(texts) for field, texts in found.items()}


def messages(page: Any) -> list[str]:
    return [str(message) for message in page.context["messages"]]


def queries(client: Client, url: str) -> int:
    """How many queries one opening of the page takes."""
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def events() -> list[str]:
    """What has been told to the world."""
    return list(OutboxMessage.objects.values_list("event_type", flat=True))


def filled_rows(page: Any, **changes: Any) -> dict[str, Any]:
    """The same for the rows of a spec template: `rows__0__key="…"` changes a row."""
    form = page.context["adminform"].form
    data = filled(page)
    del data["schema"]
    for part in (form.rows.management_form, *form.rows.forms):
        for field in part:
            value = field.value()
            if value is not None and value is not False:
                data[field.html_name] = "on" if value is True else value
    return data | {name.replace("__", "-"): value for name, value in changes.items()}
