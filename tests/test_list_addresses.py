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
