"""What comes to a list of the back office and is no filter, no key and no date."""

import pytest
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.urls import reverse

from tests.backoffice import office
from tests.factories import make_category, make_order, make_product, make_template

pytestmark = pytest.mark.django_db
# Pages of libraries have none of the shop's rules.
OWN = {
    name: page
    for model, page in admin.site._registry.items()
    if not (name := model._meta.label_lower).startswith("axes.")
}


def listed(page: ModelAdmin) -> str:
    opts = page.opts
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")


@pytest.mark.parametrize("across", ["0", "false"])
@pytest.mark.parametrize(
    "name", [n for n, page in OWN.items() if page.actions is not None]
)
def test_an_action_for_what_is_no_key_is_for_nothing(name: str, across: str) -> None:
    make_order()
    make_product(template=make_template(), categories=[make_category()])
    client, page = office(), OWN[name]
    actions = [getattr(action, "__name__", action) for action in page.actions or ()]
    for action in {*actions, "delete_selected"}:
        data = {
            "action": action,
            "select_across": across,
            "_selected_action": ["x", "\0", "9" * 40],
        }
        assert client.post(listed(page), data).status_code in {200, 302}, action


# A refused query ends the transaction that it is part of.
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("orders/order", "status__exact=%00"),
        ("orders/order", "created_at__gte=0001-01-01T00:00:00%2B23:59"),
        ("orders/order", "created_at__lt=9999-12-31T23:59:59-23:59"),
        ("orders/order", "created_at__year=99999999999"),
        ("payments/payment", "status__exact=%00"),
        ("payments/refund", "created_at__gte=0001-01-01T00:00:00%2B23:59"),
        ("accounts/user", "created_at__gte=0001-01-01T00:00:00%2B23:59"),
        ("catalog/product", "created_at__year=99999999999"),
        ("catalog/stockentry", "reason__exact=%00"),
        ("catalog/goodsreceipt", "created_at__lt=9999-12-31T23:59:59-23:59"),
        ("notifications/letter", "status__exact=%00"),
        ("auditlog/logentry", "timestamp__gte=0001-01-01T00:00:00%2B23:59"),
    ],
)
def test_a_filter_that_no_database_knows_finds_the_list_or_nothing(
    path: str, query: str
) -> None:
    answer = office().get(f"/admin/{path}/?{query}", follow=True)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "before", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "0", "x\0"]
)
def test_a_history_before_all_time_is_the_whole(before: str) -> None:
    product = make_product()
    address = reverse("admin:catalog_product_history", args=[product.pk])
    answer = office().get(address, {"before": before})
    assert answer.status_code == 200
    assert answer.context["is_first"]
