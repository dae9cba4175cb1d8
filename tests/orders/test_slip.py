"""The order slip: what stands on it, on the page and in the PDF, and who reads it."""

import os
import re
import subprocess
import sys
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from pypdf import PdfReader

from accounts.models import User
from orders import services
from orders.models import Order
from orders.slip import slip_of, slips_pdf
from orders.slip.content import vat_within
from tests.factories import make_admin, make_order, make_product, make_user
from tests.orders.pages import guest_order
from tests.orders.slips import NOTICE, addresses, bought, pages
from tests.pages import html, queries, text

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def order() -> Order:
    """Two pens and a pad, brought by courier to a buyer with every detail."""
    return bought(
        (make_product(sku="PEN-1", name="Қалам", price=Decimal("999.90")), 2),
        (make_product(sku="PAD-1", name="Блокнот", price=Decimal("1250.25")), 1),
        full_name="Айгүл Әбдірахманова",
        phone="+77011234567",
        address="Алматы, Абай 10",
        comment="Позвоните за час.\nДомофон 12",
        delivery_method="courier",
    )


def test_the_pdf_says_everything_about_the_order(order: Order, settings: Any) -> None:
    settings.SHOP_SELLER_NAME = "ТОО «Дүкен»"
    settings.SHOP_SELLER_BIN = "123456789012"
    settings.SHOP_SELLER_ADDRESS = "Алматы, Сәтбаев 22"
    settings.SHOP_SELLER_PHONE = "87272345678"
    settings.SHOP_SELLER_EMAIL = "shop@example.com"
    settings.SHOP_VAT_RATE = Decimal(12)
    assert pages(slips_pdf([order])) == [
        f"Duken Seller ТОО «Дүкен» BIN/IIN 123456789012 Address Алматы, Сәтбаев 22 "
        f"Phone +7 7272 34 56 78 E-mail shop@example.com "
        f"Order slip № {order.number} {NOTICE} "
        f"Placed Nov. 21, 2026, 1:30 a.m. Status Pending Customer Айгүл Әбдірахманова "
        f"Phone +7 701 123 4567 E-mail aigul@example.com Delivery {order.delivery_name}"
        f" Address Алматы, Абай 10 Payment Cash on delivery "
        f"Comment Позвоните за час. Домофон 12 "
        f"№ Name SKU Price Qty Sum "
        f"1 Қалам PEN-1 999,90 ₸ 2 1.999,80 ₸ "
        f"2 Блокнот PAD-1 1.250,25 ₸ 1 1.250,25 ₸ "
        f"Goods 3.250,05 ₸ Delivery 1.500,00 ₸ In total 4.750,05 ₸ "
        # 4750.05 × 12 / 112 = 508.933…
        f"VAT 12 % included: 508,93 ₸ "
        f"Order slip № {order.number} · {NOTICE}"
    ]


def test_the_page_says_the_same(client: Client, order: Order, settings: Any) -> None:
    settings.SHOP_SELLER_NAME = "ТОО «Дүкен»"
    settings.SHOP_SELLER_PHONE = "87272345678"
    settings.SHOP_VAT_RATE = Decimal("12.50")
    client.force_login(order.user)
    told = text(client.get(addresses(order)[0]))
    (pdf,) = pages(client.get(addresses(order)[1]).content)
    foot = f" Order slip № {order.number} · {NOTICE}"
    assert pdf.endswith(f"VAT 12.5 % included: 527,78 ₸{foot}")
    # The page names its table for those who hear it; paper has no need of that.
    body = told[told.index("Duken Seller") :].replace("Goods № Name", "№ Name")
    assert body == pdf.removesuffix(foot)


def test_without_details_nothing_is_left_empty(settings: Any) -> None:
    pen = make_product(name="Pen", sku="PEN", price=Decimal(10))
    order = bought((pen, 1), delivery_method="pickup")
    slip = slip_of(order)
    assert slip.seller == []
    assert [fact.label for fact in slip.facts] == [
        "Placed", "Status", "E-mail", "Delivery", "Payment",
    ]  # fmt: skip
    assert (slip.comment, slip.vat) == ("", "")
    assert slip.amounts == [
        ("Goods", "10,00\N{NO-BREAK SPACE}₸", False),
        ("Delivery", "free", False),
        ("In total", "10,00\N{NO-BREAK SPACE}₸", True),
    ]
    assert "Comment" not in pages(slips_pdf([order]))[0]


def test_refunds_come_off_the_total_and_off_the_vat(
    order: Order, settings: Any
) -> None:
    settings.SHOP_VAT_RATE = Decimal(16)
    Order.objects.filter(pk=order.pk).update(refunded=Decimal("999.90"))
    order.refresh_from_db()
    told = pages(slips_pdf([order]))[0]
    assert "In total 4.750,05 ₸ Refunded 999,90 ₸ Left after refunds 3.750,15 ₸" in told
    # 3750.15 × 16 / 116 = 517.262…
    assert "VAT 16 % included: 517,26 ₸" in told


@pytest.mark.parametrize(
    ("amount", "rate", "vat"),
    [
        ("1120.00", "12", "120.00"),
        ("1160.00", "16", "160.00"),
        ("0.00", "12", "0.00"),
        ("112.50", "12.5", "12.50"),
        # 0.045 and 0.135: halves go up.
        ("0.42", "12", "0.05"),
        ("1.26", "12", "0.14"),
        ("9999999999.99", "12", "1071428571.43"),
    ],
)
def test_vat_is_the_part_of_the_price_that_is_tax(
    amount: str, rate: str, vat: str
) -> None:
    assert vat_within(Decimal(amount), Decimal(rate)) == Decimal(vat)


@pytest.mark.parametrize(
    ("rate", "meant"),
    [
        ("", "None"), (" 12 ", "12"), ("12.5", "12.5"), ("99.99", "99.99"),
        ("0", ""), ("100", ""), ("-1", ""), ("NaN", ""), ("Infinity", ""),
        ("12,5", ""), ("12%", ""), ("no", ""),
    ],
)  # fmt: skip
def test_a_rate_that_makes_no_sense_stops_the_shop(rate: str, meant: str) -> None:
    done = run("from shop.settings import *; print(SHOP_VAT_RATE)", SHOP_VAT_RATE=rate)
    told = "SHOP_VAT_RATE is more than 0 and less than 100."
    assert (done.stdout.strip(), told in done.stderr) == (meant, not meant)


def test_a_shop_that_draws_no_slip_does_not_load_the_library() -> None:
    done = run(
        "import sys, django; django.setup()\n"
        "from django.urls import get_resolver; get_resolver().url_patterns\n"
        "import orders.slip_views\n"
        "print([name for name in sys.modules if name.startswith('reportlab')])"
    )
    assert (done.stdout.strip(), done.returncode) == ("[]", 0)


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The code in a process that has loaded nothing yet."""
    return subprocess.run(  # noqa: S603 - settings are read once a process
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={
            **os.environ,
            "SECRET_KEY": "for-tests-only-" + "x" * 40,
            "DJANGO_SETTINGS_MODULE": "shop.settings",
            **environment,
        },
        capture_output=True,
        text=True,
    )


def test_both_come_in_the_language_of_the_reader(order: Order) -> None:
    browser = Client(headers={"Accept-Language": "kk"})
    browser.force_login(order.user)
    page, pdf = (browser.get(address) for address in addresses(order))
    assert "21 қараша 2026 ж. 01:30" in html(page)
    assert "21 қараша 2026 ж. 01:30" in pages(pdf.content)[0]
    root: Any = PdfReader(BytesIO(pdf.content)).trailer["/Root"]
    assert root["/Lang"] == "kk"


@pytest.mark.parametrize("which", [0, 1])
def test_a_slip_is_open_to_whom_the_order_is(
    client: Client, other: Client, which: int
) -> None:
    user = make_user()
    address = addresses(make_order(user))[which]
    assert other.get(address).status_code == 404
    for person, status in [
        (user, 200),
        (make_user(), 404),
        (make_user(role=User.Role.STAFF), 404),
        (make_admin(), 200),
    ]:
        other.force_login(person)
        assert other.get(address).status_code == status

    guests = guest_order(client)
    address, stranger = addresses(guests)[which], Client()
    assert client.get(address).status_code == 200
    for token, status in [("x", 404), ("", 404), (guests.access_token, 200)]:
        assert stranger.get(address, {"token": token}).status_code == status
    # The link is remembered: the page's own link to the PDF needs no token.
    assert stranger.get(address).status_code == 200
    services.hide_order(guests.pk)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("which", [0, 1])
def test_a_slip_is_only_read_and_never_stored(
    client: Client, order: Order, which: int
) -> None:
    client.force_login(order.user)
    address = addresses(order)[which]
    read = client.get(address)
    assert "no-store" in read["Cache-Control"] and "private" in read["Cache-Control"]
    assert read["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'self'" in read["Content-Security-Policy"]
    head = client.head(address)
    assert (head.status_code, head.content) == (200, b"")
    for method in (client.post, client.put, client.delete):
        assert method(address).status_code == 405


def test_the_pdf_opens_in_the_browser_under_the_orders_number(
    client: Client, order: Order
) -> None:
    client.force_login(order.user)
    answer = client.get(addresses(order)[1])
    assert answer["Content-Type"] == "application/pdf"
    named = f'inline; filename="order-{order.number}.pdf"'
    assert answer["Content-Disposition"] == named
    assert answer["X-Robots-Tag"] == "noindex"
    assert answer.content.startswith(b"%PDF-")
    read = PdfReader(BytesIO(answer.content))
    assert read.metadata.title == f"Order slip № {order.number}"
    assert read.metadata.author == "Duken"


def test_the_page_holds_what_every_page_must(client: Client, order: Order) -> None:
    client.force_login(order.user)
    page = client.get(addresses(order)[0]).content.decode()
    assert page.count("<h1") == 1
    assert '<meta name="robots" content="noindex">' in page
    assert f'href="{addresses(order)[1]}"' in page
    assert f'href="{order.get_absolute_url()}"' in page
    assert not re.search(r"\sstyle=|<style|<script(?! src)", page)


def test_slips_ask_as_often_for_many_lines_and_many_orders(client: Client) -> None:
    client.force_login(make_admin())
    orders = [
        bought(*((make_product(), 1) for _n in range(size)), user=make_user())
        for size in (1, 6)
    ]
    for which in (0, 1):
        one, six = (queries(client, addresses(order)[which]) for order in orders)
        assert one == six

    for some in (orders[:1], orders):
        found = list(Order.objects.filter(pk__in=[order.pk for order in some]))
        with CaptureQueriesContext(connection) as seen:
            slips_pdf(found)
        assert len(seen) == 1
        with CaptureQueriesContext(connection) as seen:
            slips_pdf(found)
        assert len(seen) == 0
