"""The order slip: what stands on it, on the page and in the PDF, and who reads it."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pypdf import PdfReader

from accounts.models import User
from orders import services
from orders.models import Order, OrderItem
from orders.slip import slip_of, slips_pdf
from orders.slip.content import vat_within
from tests.factories import make_admin, make_order, make_product, make_user
from tests.orders.pages import guest_order
from tests.pages import html, queries, text

ROOT = Path(__file__).resolve().parents[2]
NOTICE = "This is not a fiscal receipt."

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


def bought(*lines: Any, user: User | None = None, **fields: Any) -> Order:
    user = user or make_user(email="aigul@example.com")
    placed = services.place_order(
        [services.Line(product.pk, quantity) for product, quantity in lines],
        services.Checkout(email=user.email, **fields),
        owner=str(user.pk),
        user=user,
    )
    # 1:30 at night of the 21st in the shop.
    at = datetime(2026, 11, 20, 20, 30, tzinfo=UTC)
    Order.objects.filter(pk=placed.order.pk).update(created_at=at)
    return Order.objects.get(pk=placed.order.pk)


def unsaved(*names: str, **fields: Any) -> Order:
    """An order that needs no database: of one piece of each name."""
    fields.setdefault("email", "a@example.com")
    created_at = datetime(2026, 11, 21, tzinfo=UTC)
    order = Order(number=7, total=len(names), created_at=created_at, **fields)
    order.remember_items(
        [
            OrderItem(sku=f"S-{n}", name=name, price=1, quantity=1, subtotal=1)
            for n, name in enumerate(names, start=1)
        ]
    )
    return order


def pages(pdf: bytes) -> list[str]:
    """What a reader sees on each page, with single spaces."""
    read = [page.extract_text() for page in PdfReader(BytesIO(pdf), strict=True).pages]
    return [" ".join(page.split()) for page in read]


def addresses(order: Order) -> list[str]:
    page = f"/orders/{order.pk}/slip"
    return [f"{page}/", f"{page}.pdf"]


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


def test_a_long_order_goes_on_page_after_page() -> None:
    names = [f"Товар с названием на две строки, каких много {n}" for n in range(1, 501)]
    told = pages(slips_pdf([unsaved(*names)]))
    assert len(told) > 10
    for number, page in enumerate(told, start=1):
        assert page.count("№ Name SKU Price Qty Sum") == 1
        assert f"Page {number} of {len(told)}" in page
        assert NOTICE in page
    skus = re.findall(r"\bS-(\d+)\b", " ".join(told))
    assert skus == [str(n) for n in range(1, 501)]
    assert "In total 500,00 ₸" in told[-1]


def test_several_slips_are_one_file_and_each_counts_its_own_pages() -> None:
    short, long = unsaved("Один"), unsaved(*["Много"] * 80)
    long.number = 8
    told = pages(slips_pdf([short, long, short]))
    assert [re.findall(r"Order slip № (\d)", page)[0] for page in told] == [
        "7", "8", "8", "8", "7",
    ]  # fmt: skip
    numbers = [re.findall(r"Page \d of \d", page) for page in told]
    assert numbers == [[], ["Page 1 of 3"], ["Page 2 of 3"], ["Page 3 of 3"], []]


LITERAL = [
    '<b>&"x',
    '<img src="http://192.0.2.1/x.png">',
    "</para><para>&lt;b&gt; &#65; &nope;",
    "<a href='file:///etc/passwd'>x</a>",
    "{{ 7 }} %s %(name)s {0}",
    "Ә Ғ Қ Ң Ө Ұ Ү Һ І ә ғ қ ң ө ұ ү һ і № × — ₸",
]


@pytest.mark.parametrize("name", LITERAL)
def test_markup_is_drawn_as_it_was_written(client: Client, name: str) -> None:
    user = make_user()
    order = bought((make_product(name=name), 1), user=user, comment=name)
    client.force_login(user)
    pdf = pages(client.get(addresses(order)[1]).content)[0]
    assert squeezed(pdf).count(squeezed(name)) == 2
    page = client.get(addresses(order)[0]).content.decode()
    assert page.count(escaped(name)) == 2


def escaped(text: str) -> str:
    for char, entity in [("&", "amp"), ("<", "lt"), (">", "gt"), ('"', "quot")]:
        text = text.replace(char, f"&{entity};")
    return text.replace("'", "&#x27;")


def squeezed(text: str) -> str:
    """Without spaces: a long text is broken into lines anywhere."""
    return "".join(text.split())


@pytest.mark.parametrize(
    ("written", "drawn"),
    [
        ("a\x00b\x07c\x1b\x7fd", "abcd"),
        ("a\u202eb\u2066c\u200dd\ufeffe", "abcde"),
        ("й", "й"),
        ("a\nb\tc\x0bd\u2028e", "a b c d e"),
        ("😀 漢 \ud800 \U0010ffff", "□ □ □ □"),
    ],
)
def test_what_cannot_be_drawn_is_left_out_or_a_box(written: str, drawn: str) -> None:
    assert f"1 {drawn} S-1" in pages(slips_pdf([unsaved(written)]))[0]


def test_blank_lines_of_a_comment_take_no_pages() -> None:
    order = unsaved("Товар", comment="раз\r\n\r\n" + "\n \n" * 450 + "два\nтри")
    assert slip_of(order).comment == "раз\r\n\nдва\nтри"
    assert len(pages(slips_pdf([order]))) == 1


def test_the_longest_texts_stay_within_their_columns() -> None:
    from orders.slip import pdf

    for text_ in ("W" * 255, "Ы" * 255, "‱" * 255, "a\xa0" * 127, "W" * 40 + " x"):
        drawn = pdf.paragraph(text_, pdf.TEXT)
        drawn.wrap(pdf.COLUMNS[1] - 8, 10_000)
        lines = drawn.blPara.lines
        room = [
            line[0] if isinstance(line, tuple) else line.extraSpace for line in lines
        ]
        assert len(lines) > 1 and min(room) >= 0


def test_many_draw_at_once_without_mixing_their_letters() -> None:
    words = ["алма", "қазан", "pear", "Ұлы ₸", "жүзім", "plum", "өрік", "№ ×"]

    def told(word: str) -> str:
        with translation.override("en"):
            return pages(slips_pdf([unsaved(*[word] * 20)]))[0]

    with ThreadPoolExecutor(4) as pool:
        for word, page in zip(words * 3, pool.map(told, words * 3), strict=True):
            assert page.count(f" {word} S-") == 20


def test_the_fonts_have_every_letter_of_the_shop_and_their_licence() -> None:
    from reportlab.pdfbase.pdfmetrics import getFont

    from orders.slip import pdf

    letters = "ӘҒҚҢӨҰҮҺІәғқңөұүһі№×—«»₸₽€$□·…" + "".join(map(chr, range(0x410, 0x450)))
    for name in (pdf.FONT, pdf.BOLD):
        glyphs = getFont(name).face.charToGlyph
        assert [letter for letter in letters if ord(letter) not in glyphs] == []
    assert "Bitstream Vera" in (pdf.FONTS / "LICENSE").read_text(encoding="utf-8")


def test_fonts_are_embedded_and_only_their_letters() -> None:
    pdf = slips_pdf([unsaved("Товар")])
    # Two whole fonts are 1.3 MB.
    assert len(pdf) < 60_000
    resources: Any = PdfReader(BytesIO(pdf)).pages[0]["/Resources"]
    fonts = resources["/Font"].values()
    named = {font.get_object()["/BaseFont"].partition("+")[2] for font in fonts}
    assert named == {"DejaVuSansCondensed", "DejaVuSansCondensed-Bold"}
    assert all("/FontFile2" in font["/FontDescriptor"] for font in fonts)


class AnyText(TestCase):
    """Whatever people write, there is a PDF, and it reads."""

    @given(st.text(max_size=255), st.text(max_size=500), st.text(max_size=1000))
    def test_any_text_makes_a_pdf(self, name: str, address: str, comment: str) -> None:
        order = unsaved(name, name, address=address, comment=comment, full_name=name)
        with translation.override("en"):
            told = " ".join(pages(slips_pdf([order])))
        assert "Order slip № 7" in told and "In total 2,00 ₸" in told

    @given(st.text("<>&\"'/ абв;=#x", max_size=200))
    def test_any_markup_is_drawn_literally(self, name: str) -> None:
        with translation.override("en"):
            told = "".join(pages(slips_pdf([unsaved(name)])))
        assert squeezed(f"Sum1{name}S-1") in squeezed(told)
