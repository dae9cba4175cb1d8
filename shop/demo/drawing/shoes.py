"""Shoes and boots from the side, toe to the left."""

from collections.abc import Sequence

from shop.demo.drawing.shapes import (
    WHITE,
    ball,
    darker,
    disc,
    down,
    inside,
    lighter,
    line,
    lit,
    oval,
    path,
    place,
    rect,
    slant,
    stitch,
)


def _laces(points: Sequence[tuple[float, float]], color: str) -> str:
    return "".join(
        line(f"M{x} {y} q26 -6 46 22", darker(color, 0.25), 13)
        + line(f"M{x} {y - 2} q26 -6 46 22", color, 9)
        for x, y in points
    )


def sneaker(color: str, accent: str, sole: str) -> str:
    """a low sneaker, from x = 110 to 690, its sole on the floor."""
    upper = (
        "M128 590 C120 540 170 516 240 496 C300 478 350 440 392 392 L452 374"
        " Q500 420 560 396 L596 384 Q640 400 646 470 Q664 530 668 600 H130z"
    )
    return (
        path("M406 388 Q440 330 474 356 L470 400z", darker(color, 0.15))
        + path(
            "M440 384 Q520 430 600 386 Q590 360 560 372 Q500 400 448 366z",
            darker(color, 0.5),
        )
        + path(upper, slant(lighter(color, 0.28), color, darker(color, 0.18)))
        + inside(
            path(upper, "#000"),
            path(
                "M110 600 C120 520 200 520 262 490 Q300 540 290 610z",
                slant(lighter(color, 0.4), darker(color, 0.06)),
            ),
            path(
                "M560 380 Q640 380 660 470 L674 610 H596 Q560 480 560 380z", lit(accent)
            ),
            path("M330 600 Q380 500 470 474 L520 470 Q480 530 470 610z", lit(accent)),
            path(
                "M440 606 Q470 520 548 486 L566 520 Q520 540 510 606z",
                lit(lighter(accent, 0.3)),
            ),
        )
        + stitch("M262 492 Q300 540 290 594", darker(color, 0.35))
        + stitch("M556 392 Q564 480 592 594", lighter(accent, 0.5))
        + _laces([(306, 476), (338, 450), (368, 420), (396, 392)], lighter(sole, 0.4))
        + path(
            "M112 596 Q110 580 130 580 H660 Q690 580 694 600 Q700 668 660 670 H170"
            " Q116 670 112 596z",
            down(lighter(sole, 0.5), sole, darker(sole, 0.14)),
        )
        + line("M122 612 Q400 628 690 606", darker(sole, 0.24), 4)
        + "".join(
            rect(180 + 34 * i, 654, 20, 16, 4, darker(sole, 0.3)) for i in range(14)
        )
        + path(
            "M150 560 q20 -26 70 -42",
            "none",
            stroke=WHITE,
            stroke_width=8,
            stroke_linecap="round",
            opacity=0.6,
        )
    )


def high_top(color: str, sole: str) -> str:
    """A canvas shoe that covers the ankle."""
    upper = (
        "M132 600 C124 548 170 530 240 516 C310 500 370 440 396 330 L404 258"
        " Q490 290 600 258 Q610 330 622 420 Q640 520 640 606 H134z"
    )
    eyes = [(394, 300), (388, 350), (372, 400), (344, 444), (308, 478)]
    return (
        path("M404 262 Q500 230 600 262 Q500 300 404 262z", darker(color, 0.55))
        + path("M392 320 Q370 260 408 246 L420 300z", darker(color, 0.2))
        + path(upper, slant(lighter(color, 0.25), color, darker(color, 0.2)))
        + inside(
            path(upper, "#000"),
            path("M100 610 V530 Q170 500 236 512 Q284 540 286 610z", lit("#f1eee6")),
            path("M590 250 H660 V610 H606 Q604 400 590 250z", lit(darker(color, 0.2))),
        )
        + stitch("M434 270 Q430 420 340 510 L330 600", lighter(color, 0.5))
        + stitch("M590 270 Q602 420 606 596", lighter(color, 0.5))
        + disc(520, 400, 42, lit("#f1eee6"))
        + path("M492 420 L514 376 L528 402 L534 390 L548 420z", color)
        + "".join(disc(x + 46, y + 20, 7, "#d6dae0") for x, y in eyes)
        + _laces(eyes, "#f4f1ea")
        + path(
            "M112 606 Q112 586 134 586 H640 Q668 586 668 612 V648 Q668 670 640 670"
            " H170 Q112 670 112 606z",
            down(lighter(sole, 0.5), sole, darker(sole, 0.14)),
        )
        + line("M122 620 H662", color, 6)
        + path("M140 646 H650", "none", stroke=darker(sole, 0.2), stroke_width=3)
    )


def winter_boot(color: str, fur: str) -> str:
    """A laced winter boot with a fur edge."""
    upper = (
        "M124 600 C116 530 170 500 246 488 C320 470 366 410 384 300 L396 190 H604"
        " Q606 340 620 440 Q636 520 636 606 H126z"
    )
    tufts = "".join(
        disc(392 + 20 * i, 180 + (i % 3) * 9, 25, ball(fur)) for i in range(12)
    )
    eyes = [(392, 264), (386, 312), (376, 362), (352, 410), (318, 446)]
    return (
        path(upper, slant(lighter(color, 0.26), color, darker(color, 0.24)))
        + inside(
            path(upper, "#000"),
            path(
                "M90 610 V520 Q180 480 254 486 Q310 530 300 610z",
                lit(darker(color, 0.2)),
            ),
            path(
                "M560 400 Q620 420 640 470 V610 H552 Q580 500 560 400z",
                lit(darker(color, 0.2)),
            ),
        )
        + stitch("M436 220 Q440 400 350 500 L340 596", lighter(color, 0.5))
        + stitch("M258 490 Q308 530 300 594", lighter(color, 0.5))
        + "".join(disc(x + 48, y + 20, 8, "#d8b56a") for x, y in eyes)
        + _laces(eyes, "#d9c7a4")
        + tufts
        + path(
            "M108 590 H644 Q664 590 662 612 L656 670 H560 L548 654 H300 L286 670 H140"
            " Q104 660 108 590z",
            down("#55514b", "#2f2c29"),
        )
        + "".join(rect(150 + 30 * i, 650, 14, 20, 3, "#1f1d1b") for i in range(5))
        + "".join(rect(566 + 30 * i, 650, 14, 20, 3, "#1f1d1b") for i in range(3))
        + line("M116 604 H654", "#8a8377", 4)
        + path(
            "M150 560 q30 -40 90 -48",
            "none",
            stroke=WHITE,
            stroke_width=8,
            stroke_linecap="round",
            opacity=0.4,
        )
    )


def rubber_boot(color: str, sole: str, dots: str = "") -> str:
    """A child's rubber boot."""
    upper = (
        "M150 610 C140 540 190 516 260 506 C330 494 360 440 362 350 L364 180"
        " Q470 160 580 180 L588 400 Q600 520 600 612 H152z"
    )
    where = (
        *((412, 280), (480, 320), (550, 280), (424, 380), (500, 420), (560, 372)),
        *((396, 478), (464, 520), (546, 490), (340, 540), (412, 580), (510, 580)),
        *((230, 548), (284, 576), (198, 590)),
    )
    spots = "".join(disc(x, y, 14, dots) for x, y in where)
    return (
        path(upper, slant(lighter(color, 0.4), color, darker(color, 0.2)))
        + inside(path(upper, "#000"), spots if dots else "")
        + oval(472, 180, 108, 22, darker(color, 0.4))
        + path("M364 180 Q472 214 580 180 V214 Q472 248 364 214z", lit(sole))
        + path(
            "M136 612 Q136 596 156 596 H604 Q622 596 622 616 V670 H500 L492 654 H300"
            " L290 670 H170 Q136 666 136 612z",
            down(lighter(sole, 0.3), darker(sole, 0.25)),
        )
        + line("M392 560 Q402 400 396 260", WHITE, 13, opacity=0.5)
        + line("M186 560 q20 -24 60 -30", WHITE, 10, opacity=0.55)
    )


def pair(shoe: str) -> str:
    """The shoe and its fellow behind it."""
    return place(shoe, x=106, y=-8, by=0.9) + place(shoe, x=-6, y=67, by=0.9)
