"""Clothes laid flat on the paper."""

from shop.demo.drawing.shapes import (
    SERIF,
    WHITE,
    Gradient,
    ball,
    darker,
    disc,
    down,
    inside,
    lighter,
    line,
    lit,
    mirror,
    oval,
    path,
    place,
    rect,
    slant,
    stitch,
    write,
)

SHIRT = (
    "M300 140 Q400 196 500 140 L582 172 Q612 184 626 214 L690 350 L592 398 L562 340"
    " Q568 520 572 664 Q400 684 228 664 Q232 520 238 340 L208 398 L110 350 L174 214"
    " Q188 184 218 172z"
)


def _cloth(color: str) -> Gradient:
    return slant(lighter(color, 0.14), color, darker(color, 0.12))


def _folds(color: str) -> str:
    dark = darker(color, 0.22)
    return (
        path("M250 350 Q330 420 300 600 Q276 480 244 440z", dark, opacity=0.22)
        + path("M552 350 Q480 430 510 610 Q530 480 558 450z", dark, opacity=0.26)
        + path("M360 560 Q420 600 480 560 Q430 640 350 640z", dark, opacity=0.14)
        + line("M238 340 Q232 290 240 240", dark, 4, opacity=0.5)
        + line("M562 340 Q568 290 560 240", dark, 4, opacity=0.5)
    )


def print_mountains(color: str) -> str:
    """A print for the chest: three peaks and a sun."""
    return (
        disc(442, 318, 34, "#e2a55a")
        + path("M296 450 L376 310 L426 392 L456 350 L514 450z", color)
        + path("M376 310 l-30 54 18 -8 12 14 14 -16 16 4z", WHITE)
        + line("M290 462 H520", color, 7)
    )


def print_ornament(color: str) -> str:
    """A print for the chest: a ram's horn ornament."""
    horn = "M0 70 V10 C0 -50 -90 -50 -90 14 C-90 56 -40 60 -36 24 C-34 6 -54 4 -58 16"
    one = line(horn, color, 13)
    both = one + place(one, flip=True)
    return place(both, x=400, y=330, by=0.9) + place(
        both, x=400, y=440, turn=180, by=0.9
    )


def print_words(words: str, color: str) -> str:
    """A print for the chest: a word between two lines."""
    return (
        write(400, 388, words, 62, color, SERIF, letter_spacing=3)
        + line("M300 322 H500", color, 5)
        + line("M300 418 H500", color, 5)
    )


def tshirt(color: str, print_: str = "", stripes: str = "") -> str:
    """A T-shirt from the front."""
    bands = (
        "".join(
            path(
                f"M80 {270 + 62 * i} Q400 {292 + 62 * i} 720 {270 + 62 * i} v26"
                f" Q400 {318 + 62 * i} 80 {296 + 62 * i}z",
                stripes,
            )
            for i in range(7)
        )
        if stripes
        else ""
    )
    rib = darker(color, 0.12)
    return (
        path("M306 146 Q400 120 494 146 Q400 206 306 146z", darker(color, 0.4))
        + path("M372 140 h56 v16 h-56z", "#f3f1ec")
        + path(SHIRT, _cloth(color))
        + inside(path(SHIRT, "#000"), bands, _folds(color))
        + line("M302 142 Q400 204 498 142", rib, 16)
        + stitch("M290 158 Q400 230 510 158", lighter(color, 0.4), 2)
        + stitch("M230 646 Q400 666 570 646", darker(color, 0.3), 2)
        + stitch("M120 338 L214 384", darker(color, 0.3), 2)
        + stitch("M680 338 L586 384", darker(color, 0.3), 2)
        + print_
    )


def tshirt_back(color: str) -> str:
    """The same T-shirt from behind."""
    shirt = SHIRT.replace("Q400 196 500 140", "Q400 160 500 140")
    return (
        path(shirt, _cloth(color))
        + inside(path(shirt, "#000"), _folds(color))
        + line("M302 142 Q400 164 498 142", darker(color, 0.12), 15)
        + line("M222 180 Q400 216 578 180", darker(color, 0.18), 3)
        + stitch("M230 646 Q400 666 570 646", darker(color, 0.3), 2)
    )


BODY = (
    "M282 196 Q400 236 518 196 L590 226 Q616 238 624 270 L676 590 Q650 612 606 606"
    " L570 420 V640 Q400 664 230 640 V420 L194 606 Q150 612 124 590 L176 270"
    " Q184 238 210 226z"
)


def _cuffs(color: str) -> str:
    cuff = path("M126 574 L200 590 L194 630 Q154 634 116 614z", lit(color))
    return mirror(cuff) + path(
        "M230 622 Q400 648 570 622 V664 Q400 690 230 664z", lit(color)
    )


def hoodie(color: str, lining: str, zipped: bool = False) -> str:
    """A hooded sweatshirt with a kangaroo pocket; zipped, or a pullover."""
    hood = "M276 210 C262 100 340 72 400 72 S538 100 524 210 Q400 300 276 210z"
    hole = "M318 196 C310 128 352 106 400 106 S490 128 482 196 Q400 262 318 196z"
    front = (
        line("M400 246 V650", darker(color, 0.4), 7)
        + line("M400 246 V650", "#d6d9de", 3, stroke_dasharray="4 4")
        if zipped
        else ""
    )
    return (
        path(BODY, _cloth(color))
        + inside(path(BODY, "#000"), _folds(color))
        + path("M286 470 H514 L556 566 V606 H244 V566z", _cloth(darker(color, 0.06)))
        + stitch("M296 480 L256 570", lighter(color, 0.4))
        + stitch("M504 480 L544 570", lighter(color, 0.4))
        + front
        + _cuffs(darker(color, 0.08))
        + path(hood, lit(color))
        + path(hole, slant(darker(lining, 0.35), lining))
        + line("M318 196 Q400 262 482 196", darker(color, 0.25), 4)
        + line("M356 234 Q348 290 352 348", "#f1efe9", 7)
        + line("M444 234 Q452 290 448 330", "#f1efe9", 7)
        + rect(347, 344, 11, 20, 4, "#b7bcc4")
        + rect(443, 326, 11, 20, 4, "#b7bcc4")
    )


def down_jacket(color: str, lining: str, sleeves: bool = True) -> str:
    """A quilted jacket with a stand-up collar; without sleeves, a vest."""
    trunk = "M280 170 H520 L572 214 V640 Q400 664 228 640 V214z"
    if not sleeves:
        trunk = (
            "M280 170 H520 L560 196 Q522 290 572 392 V640 Q400 664 228 640 V392"
            " Q278 290 240 196z"
        )
    seams = "".join(
        path(
            f"M100 {250 + 62 * i} Q400 {272 + 62 * i} 700 {250 + 62 * i} v20"
            f" Q400 {300 + 62 * i} 100 {270 + 62 * i}z",
            down((darker(color, 0.5), 0.55), (darker(color, 0.3), 0)),
        )
        + path(
            f"M100 {224 + 62 * i} Q400 {246 + 62 * i} 700 {224 + 62 * i} v16"
            f" Q400 {262 + 62 * i} 100 {240 + 62 * i}z",
            WHITE,
            opacity=0.1,
        )
        for i in range(7)
    )
    arm = "M232 208 Q176 220 164 280 L116 580 Q150 606 200 596 L238 400z"
    rings = "".join(
        path(
            f"M80 {300 + 60 * i} L260 {330 + 60 * i} v16 L80 {318 + 60 * i}z",
            (darker(color, 0.45)),
            opacity=0.4,
        )
        for i in range(5)
    )
    sleeve = (
        path(arm, _cloth(color))
        + inside(path(arm, "#000"), rings)
        + path("M118 566 L204 582 L200 616 Q152 622 110 602z", lit(darker(color, 0.25)))
    )
    hole = "" if sleeves else _armholes(color)
    return (
        (mirror(sleeve) if sleeves else "")
        + path(trunk, _cloth(color))
        + inside(path(trunk, "#000"), seams)
        + hole
        + path("M296 116 Q400 88 504 116 L524 190 Q400 226 276 190z", lit(color))
        + path("M312 118 Q400 96 488 118 Q400 154 312 118z", darker(lining, 0.15))
        + line("M286 160 Q400 194 514 160", darker(color, 0.35), 4, opacity=0.6)
        + line("M400 140 V650", darker(color, 0.5), 15)
        + line("M400 140 V650", "#c9ced6", 5, stroke_dasharray="5 5")
        + rect(392, 170, 16, 34, 6, slant("#f0f2f4", "#878e98"))
        + line("M272 500 L292 578", darker(color, 0.5), 7)
        + line("M528 500 L508 578", darker(color, 0.5), 7)
        + rect(470, 282, 52, 26, 4, lighter(lining, 0.1))
    )


def _armholes(color: str) -> str:
    """The bound edges of a vest's armholes."""
    edge = line("M242 202 Q278 290 231 388", darker(color, 0.35), 13)
    return mirror(edge)


def windbreaker(color: str, other: str) -> str:
    """A light hooded jacket in two colors."""
    hood = "M284 206 C270 108 340 80 400 80 S530 108 516 206 Q400 280 284 206z"
    hole = "M322 192 C316 134 354 112 400 112 S484 134 478 192 Q400 250 322 192z"
    return (
        path(BODY, _cloth(color))
        + inside(
            path(BODY, "#000"),
            path("M100 180 H700 V330 Q400 400 100 330z", _cloth(other)),
            path(
                "M100 330 Q400 400 700 330 V344 Q400 414 100 344z", WHITE, opacity=0.7
            ),
            _folds(color),
        )
        + _cuffs(darker(other, 0.1))
        + line("M400 236 V660", darker(other, 0.45), 13)
        + line("M400 236 V660", "#e2e5e9", 5, stroke_dasharray="5 5")
        + rect(392, 262, 16, 34, 6, slant("#f0f2f4", "#878e98"))
        + line("M268 480 L296 570", darker(color, 0.4), 8)
        + line("M532 480 L504 570", darker(color, 0.4), 8)
        + path(hood, lit(other))
        + path(hole, slant(darker(color, 0.45), darker(color, 0.15)))
        + line("M330 204 Q400 254 470 204", darker(other, 0.3), 4)
        + disc(350, 232, 7, ball("#e8eaee"))
        + disc(450, 232, 7, ball("#e8eaee"))
        + oval(300, 300, 22, 12, WHITE, opacity=0.85)
    )
