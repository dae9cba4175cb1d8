"""Requests that nobody who means well sends, and a browser where a client was meant."""

import pytest

from catalog.models import Product
from tests.api import client_of
from tests.factories import make_admin, make_category, make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "url",
    [
        "http://a.kz/\\u0000",
        "http://a.kz/\\ud800",
        "http://a.kz/\\udfff.jpg",
        "/media/\\u0000",
        "/media/\\ud800",
        "http://[::1",
    ],
)
def test_an_address_that_no_database_can_keep_is_400(url: str) -> None:
    body = f'{{"sku": "A", "name": "n", "price": "1", "images": ["{url}"]}}'
    answer = client_of(make_admin(), HTTP_ACCEPT_LANGUAGE="en").post(
        "/api/products", body, content_type="application/json"
    )
    assert answer.status_code == 400
    assert answer.json() == {"images": ["An http(s) address is expected."]}
    assert not Product.objects.exists()


def test_the_browsable_api_draws_its_pages_for_everybody() -> None:
    parent = make_category("Посуда")
    leaf = make_category("Кружки", parent)
    for user in (make_admin(), make_user(), None):
        api = client_of(user)
        for path in ("categories", f"categories/{parent.pk}", f"categories/{leaf.pk}"):
            for method in (api.get, api.options):
                answer = method(f"/api/{path}", HTTP_ACCEPT="text/html")
                assert answer.status_code == 200
                assert answer["Content-Type"].startswith("text/html")
    page = client_of(make_admin()).get(
        f"/api/categories/{leaf.pk}", HTTP_ACCEPT="text/html"
    )
    assert "Посуда &gt; Кружки" in page.content.decode()
