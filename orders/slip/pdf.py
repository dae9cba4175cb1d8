"""Order slips drawn as PDF, on A4. The only place that knows the drawing library."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    HRFlowable,
    KeepTogether,
    LongTable,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from orders.slip.content import Fact, Slip
from shop.money import NBSP

FONT, BOLD = "Slip", "Slip-Bold"
FONTS = Path(__file__).parents[1] / "fonts"

# Once per process, by the first import of this module: Python lets one thread do it.
_regular = TTFont(FONT, FONTS / "DejaVuSansCondensed.ttf")
pdfmetrics.registerFont(_regular)
pdfmetrics.registerFont(TTFont(BOLD, FONTS / "DejaVuSansCondensed-Bold.ttf"))
# Paragraphs look a font up by its family, also when they use no other style of it.
pdfmetrics.registerFontFamily(
    FONT, normal=FONT, bold=BOLD, italic=FONT, boldItalic=BOLD
)

WIDTH, HEIGHT = A4
SIDE, TOP, BOTTOM = 15 * mm, 15 * mm, 20 * mm
INNER = WIDTH - 2 * SIDE
LABELS = 26 * mm
# №, name, SKU, price, quantity, sum: what is left is the name's.
COLUMNS = [9 * mm, 0, 29 * mm, 31 * mm, 22 * mm, 35 * mm]
COLUMNS[1] = INNER - sum(COLUMNS)

INK, SOFT, RULE = HexColor("#16201f"), HexColor("#53605f"), HexColor("#86918f")
SHADE = HexColor("#f1f2ef")

TEXT = ParagraphStyle("text", fontName=FONT, fontSize=9, leading=12, textColor=INK)
SOFT_TEXT = ParagraphStyle("soft", TEXT, textColor=SOFT)
STRONG = ParagraphStyle("strong", TEXT, fontName=BOLD)
HEADER = ParagraphStyle("header", STRONG, fontSize=8, leading=10)
HEADER_RIGHT = ParagraphStyle("header-right", HEADER, alignment=TA_RIGHT)
VAT = ParagraphStyle("vat", TEXT, alignment=TA_RIGHT, rightIndent=4, spaceBefore=4)
SHOP = ParagraphStyle("shop", STRONG, fontSize=12, leading=16)
TITLE = ParagraphStyle("title", STRONG, fontSize=18, leading=24)
NOTICE = ParagraphStyle(
    "notice", STRONG, fontSize=11, leading=14, borderWidth=1, borderColor=INK,
    borderPadding=6, leftIndent=7, rightIndent=7, spaceBefore=10, spaceAfter=14,
)  # fmt: skip

FACTS_STYLE = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (0, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 1),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
        ("FONT", (0, 0), (-1, -1), FONT, 9, 12),
    ]
)
LINES_STYLE = TableStyle(
    [
        ("FONT", (0, 0), (-1, -1), FONT, 9, 12),
        ("TEXTCOLOR", (0, 0), (-1, -1), INK),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("ALIGN", (3, 0), (-1, -1), "RIGHT"),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("BACKGROUND", (0, 0), (-1, 0), SHADE),
        ("LINEABOVE", (0, 0), (-1, 0), 0.75, RULE),
        ("LINEBELOW", (0, 0), (-1, -1), 0.5, RULE),
    ]
)
AMOUNTS_STYLE = TableStyle(
    [
        ("FONT", (0, 0), (-1, -1), FONT, 9, 12),
        ("TEXTCOLOR", (0, 0), (-1, -1), INK),
        ("ALIGN", (0, 0), (-1, -1), "RIGHT"),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
    ]
)


def draw(slips: Sequence[Slip]) -> bytes:
    """The slips as one PDF, each from a new page on."""
    story: list[Flowable] = []
    for slip in slips:
        if story:
            story.append(PageBreak())
        story += [_Start(slip), *_flow(slip)]
    file = BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=A4,
        # The frame keeps 6 points around its content.
        leftMargin=SIDE - 6,
        rightMargin=SIDE - 6,
        topMargin=TOP - 6,
        bottomMargin=BOTTOM - 6,
        title=_drawable(slips[0].title if len(slips) == 1 else slips[0].shop),
        author=_drawable(slips[0].shop),
        creator=None,
        lang=get_language(),
        initialFontName=FONT,
    )
    document.build(story, canvasmaker=_Canvas)
    return file.getvalue()


def _flow(slip: Slip) -> list[Flowable]:
    """One slip from top to bottom; the library breaks it into pages."""
    flow = [paragraph(slip.shop, SHOP)]
    if slip.seller:
        flow.append(_facts(slip.seller))
    flow += [
        HRFlowable(width="100%", color=RULE, spaceBefore=6, spaceAfter=6),
        paragraph(slip.title, TITLE),
        paragraph(slip.notice, NOTICE),
        _facts(slip.facts),
    ]
    if slip.comment:
        # Not a row of the table: a row never goes on on the next page.
        flow += [
            Spacer(0, 4),
            paragraph(_("Comment"), SOFT_TEXT),
            *(paragraph(line or NBSP, TEXT) for line in slip.comment.splitlines()),
        ]
    flow += [Spacer(0, 12), _lines(slip), Spacer(0, 6)]
    last: list[Flowable] = [_amounts(slip)]
    if slip.vat:
        last.append(paragraph(slip.vat, VAT))
    flow.append(KeepTogether(last))
    return flow


def _facts(facts: list[Fact]) -> Table:
    rows = [
        [paragraph(fact.label, SOFT_TEXT), paragraph(fact.value, TEXT)]
        for fact in facts
    ]
    return Table(rows, colWidths=[LABELS, INNER - LABELS], style=FACTS_STYLE)


def _lines(slip: Slip) -> Table:
    """The goods; the head of the table comes again on each page."""
    heads = [_("№"), _("Name"), _("SKU"), _("Price"), _("Qty"), _("Sum")]
    styles = [HEADER] * 3 + [HEADER_RIGHT] * 3
    head = [paragraph(text, style) for text, style in zip(heads, styles, strict=True)]
    rows: list[list[Any]] = [
        [
            str(line.position),
            paragraph(line.name, TEXT),
            paragraph(line.sku, TEXT),
            line.price,
            str(line.quantity),
            line.subtotal,
        ]
        for line in slip.lines
    ]
    return LongTable([head, *rows], colWidths=COLUMNS, style=LINES_STYLE, repeatRows=1)


def _amounts(slip: Slip) -> Table:
    style = TableStyle(parent=AMOUNTS_STYLE)
    for row, amount in enumerate(slip.amounts):
        if amount.is_total:
            style.add("FONT", (0, row), (-1, row), BOLD, 11, 14)
    rows = [[_drawable(amount.label), amount.amount] for amount in slip.amounts]
    return Table(rows, colWidths=[INNER - 45 * mm, 45 * mm], style=style)


def paragraph(text: str, style: ParagraphStyle) -> Paragraph:
    """Text that wraps, also inside a word that is longer than its line.

    Nothing in it is markup, and the ends of its lines are spaces like any other.
    """
    return Paragraph(escape(_drawable(text), quote=False), style)


class _Drawable(dict[int, str]):
    """For `str.translate`: what is drawn in the place of each character.

    Nothing for what cannot be seen and might turn the text around; a box for what the
    font lacks, and for what lies beyond the 65,536 characters that a reader of the
    PDF could copy from it.
    """

    def __missing__(self, code: int) -> str | None:
        char = chr(code)
        if char.isspace() and char != NBSP:
            return " "
        if unicodedata.category(char) in {"Cc", "Cf"}:
            return None
        if code > 0xFFFF or code not in _regular.face.charToGlyph:
            return "□"
        # Only these are remembered: the font has some thousands, Unicode a million.
        self[code] = char
        return char


_DRAWABLE = _Drawable()


def _drawable(text: str) -> str:
    return unicodedata.normalize("NFC", text).translate(_DRAWABLE)


class _Start(Flowable):
    """Takes no room; tells the canvas whose pages follow."""

    def __init__(self, slip: Slip) -> None:
        super().__init__()
        self.slip = slip

    def draw(self) -> None:
        self.canv.slip = self.slip


class _Canvas(Canvas):
    """Draws the foot of each page.

    How many pages a slip has is known at the end only, so a page number is a form: put
    on its page at once, and filled when the file is saved.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.slip: Slip | None = None
        # Whose each page is, in order.
        self.owners: list[Slip] = []

    def showPage(self) -> None:
        if self.slip:
            self.owners.append(self.slip)
            self.setFont(FONT, 8)
            self.setFillColor(SOFT)
            foot = _drawable(f"{self.slip.title} · {self.slip.notice}")
            self.drawString(SIDE, BOTTOM - 18, foot)
            self.doForm(f"page-{len(self.owners)}")
        super().showPage()

    def save(self) -> None:
        in_all = Counter(map(id, self.owners))
        so_far: Counter[int] = Counter()
        for number, slip in enumerate(map(id, self.owners), start=1):
            so_far[slip] += 1
            self.beginForm(f"page-{number}", 0, 0, WIDTH, HEIGHT)
            if in_all[slip] > 1:
                told = {"page": so_far[slip], "pages": in_all[slip]}
                self.setFont(FONT, 8)
                self.setFillColor(SOFT)
                text = _("Page %(page)s of %(pages)s") % told
                self.drawRightString(WIDTH - SIDE, BOTTOM - 18, _drawable(text))
            self.endForm()
        super().save()
