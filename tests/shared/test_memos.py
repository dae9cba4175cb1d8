"""What a process remembers beside the cache: nothing that strangers make up."""

import secrets

import pytest

from catalog.facets import facets
from catalog.models import Product
from catalog.templatetags import cards, panel
from tests.factories import make_product, make_template
from tests.shared.visitors import visitor

SCHEMA = {
    "brand": {"type": "string", "filterable": True},
    "ram": {"type": "integer", "filterable": True},
}


@pytest.fixture
def laptop() -> Product:
    template = make_template(schema=SCHEMA)
    return make_product(template=template, attributes={"brand": "HP", "ram": 16})


@pytest.mark.django_db(transaction=True)
def test_what_addresses_make_up_is_remembered_nowhere(laptop: Product) -> None:
    def remembered() -> list[int]:
        memos = (panel._drawn, cards._drawn, facets._fields)
        return [
            *(len(memo._known) for memo in memos),
            facets._known_as.cache_info().currsize,
        ]

    def asked(query: str) -> str:
        page = visitor().get(f"/catalog/?{query}")
        assert page.status_code == 200
        return page.content.decode()

    # One choice of each kind: what the other group says beside it is the shop's own.
    for query in ("attr.brand=none", "attr.ram.min=1"):
        asked(query)
    before = remembered()
    for _again in range(10):
        word = secrets.token_hex(100)
        assert f'value="{word}" checked' in asked(f"attr.brand={word}")
        low = secrets.randbelow(10**12) + 17
        assert f'value="{low}"' in asked(f"attr.ram.min={low}")
    assert remembered() == before
