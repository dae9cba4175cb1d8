"""The front page of the back office."""

import pytest

from tests.backoffice import office

pytestmark = pytest.mark.django_db


def test_what_is_used_all_day_stands_on_top() -> None:
    page = office().get("/admin/")
    labels = [app["app_label"] for app in page.context["app_list"]]
    assert labels[:4] == ["orders", "catalog", "accounts", "payments"]
    assert labels[-3:] == sorted(labels[-3:])
    assert {"axes", "events", "auditlog"} <= set(labels[4:])
