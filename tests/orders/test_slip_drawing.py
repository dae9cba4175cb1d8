"""How order slips are drawn: many pages, any text, the letters of the fonts."""

import re
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from reportlab.pdfbase.pdfmetrics import getFont

from orders.slip import pdf, slip_of, slips_pdf
from tests.factories import make_product, make_user
from tests.orders.slips import NOTICE, addresses, bought, pages, unsaved


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


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


@pytest.mark.django_db
@pytest.mark.parametrize("name", LITERAL)
def test_markup_is_drawn_as_it_was_written(client: Client, name: str) -> None:
    user = make_user()
    order = bought((make_product(name=name), 1), user=user, comment=name)
    client.force_login(user)
    told = pages(client.get(addresses(order)[1]).content)[0]
    assert squeezed(told).count(squeezed(name)) == 2
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
    for text in ("W" * 255, "Ы" * 255, "‱" * 255, "a\xa0" * 127, "W" * 40 + " x"):
        drawn = pdf.paragraph(text, pdf.TEXT)
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
    letters = "ӘҒҚҢӨҰҮҺІәғқңөұүһі№×—«»₸₽€$□·…" + "".join(map(chr, range(0x410, 0x450)))
    for name in (pdf.FONT, pdf.BOLD):
        glyphs = getFont(name).face.charToGlyph
        assert [letter for letter in letters if ord(letter) not in glyphs] == []
    assert "Bitstream Vera" in (pdf.FONTS / "LICENSE").read_text(encoding="utf-8")


def test_fonts_are_embedded_and_only_their_letters() -> None:
    drawn = slips_pdf([unsaved("Товар")])
    # Two whole fonts are 1.3 MB.
    assert len(drawn) < 60_000
    resources: Any = PdfReader(BytesIO(drawn)).pages[0]["/Resources"]
    fonts = resources["/Font"].values()
    named = {font.get_object()["/BaseFont"].partition("+")[2] for font in fonts}
    assert named == {"DejaVuSansCondensed", "DejaVuSansCondensed-Bold"}
    assert all("/FontFile2" in font["/FontDescriptor"] for font in fonts)


@given(st.text(max_size=255), st.text(max_size=500), st.text(max_size=1000))
def test_any_text_makes_a_pdf(name: str, address: str, comment: str) -> None:
    order = unsaved(name, name, address=address, comment=comment, full_name=name)
    told = " ".join(pages(slips_pdf([order])))
    assert "Order slip № 7" in told and "In total 2,00 ₸" in told


@given(st.text("<>&\"'/ абв;=#x", max_size=200))
def test_any_markup_is_drawn_literally(name: str) -> None:
    told = "".join(pages(slips_pdf([unsaved(name)])))
    assert squeezed(f"Sum1{name}S-1") in squeezed(told)
