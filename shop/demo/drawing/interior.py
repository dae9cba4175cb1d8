"""Lamps and chairs."""

from shop.demo.drawing.shapes import (
    WHITE,
    across,
    ball,
    blurred,
    darker,
    disc,
    down,
    glow,
    inside,
    lighter,
    line,
    lit,
    mirror,
    oval,
    path,
    rect,
    slant,
    stitch,
    turned,
)

LIGHT = "#fff1c2"


def desk_lamp(color: str, on: bool = True) -> str:
    """A jointed desk lamp, its head to the left."""
    beam = path("M150 372 L330 330 L470 668 H60z", down((LIGHT, 0.75), (LIGHT, 0.05)))
    steel = "#b6bcc5"
    return (
        (blurred(beam, 9) if on else "")
        + line("M520 640 L590 400", darker(steel, 0.3), 17)
        + line("M518 640 L588 400", lighter(steel, 0.4), 9)
        + line("M590 400 L330 240", darker(steel, 0.3), 17)
        + line("M589 397 L330 237", lighter(steel, 0.4), 9)
        + disc(590, 400, 25, ball(color))
        + disc(590, 400, 9, "#e8ebef")
        + path(
            "M400 652 q0 -36 118 -36 t118 36 v10 q0 8 -10 8 H410 q-10 0 -10 -8z",
            turned(color),
        )
        + (
            oval(236, 356, 92, 26, ball(LIGHT), transform="rotate(-14 236 356)")
            if on
            else oval(
                236, 356, 92, 26, darker(color, 0.55), transform="rotate(-14 236 356)"
            )
        )
        + path(
            "M140 378 Q150 232 272 196 Q300 188 318 212 L344 252 Q352 300 332 334"
            " Q230 330 140 378z",
            slant(lighter(color, 0.4), color, darker(color, 0.3)),
        )
        + disc(330, 238, 20, lit(darker(color, 0.15)))
        + path(
            "M172 330 Q190 256 262 226",
            "none",
            stroke=WHITE,
            stroke_width=9,
            stroke_linecap="round",
            opacity=0.45,
        )
    )


def floor_lamp(shade: str, stem: str) -> str:
    """A floor lamp on three legs with a cloth shade."""
    leg = slant(lighter(stem, 0.25), stem, darker(stem, 0.3))
    ribs = "".join(
        line(
            f"M{330 + 20 * i} 120 L{292 + 31 * i} 318",
            darker(shade, 0.2),
            2,
            opacity=0.35,
        )
        for i in range(8)
    )
    outline = "M318 116 H482 L536 322 H264z"
    return (
        blurred(oval(400, 330, 190, 70, LIGHT, opacity=0.7), 26)
        + path("M392 400 H406 L300 670 H284z", leg)
        + path("M394 400 H408 L516 670 H500z", leg)
        + path("M393 400 H407 L412 652 H396z", darker(stem, 0.25))
        + rect(394, 316, 12, 92, 4, across("#f0f2f4", "#8e959f"))
        + rect(372, 392, 56, 22, 9, lit(stem))
        + path(
            outline,
            across(lighter(shade, 0.1), lighter(shade, 0.6), shade, darker(shade, 0.2)),
        )
        + inside(
            path(outline, "#000"),
            ribs,
            oval(400, 300, 110, 110, glow((LIGHT, 0.9), (LIGHT, 0))),
        )
        + path("M264 322 H536 l-4 -14 H268z", darker(shade, 0.2))
        + line("M500 322 V384", "#8e959f", 2)
        + disc(500, 388, 6, ball("#b98a4c"))
    )


def pendant(color: str, inner: str) -> str:
    """A hanging lamp with a bell of metal."""
    return (
        rect(396, 0, 8, 260, 0, across("#55585e", "#26282c"))
        + blurred(
            path("M230 520 H570 L690 800 H110z", down((LIGHT, 0.85), (LIGHT, 0.1))), 12
        )
        + path(
            "M366 300 q0 -60 34 -60 t34 60z", across("#e3c27a", "#fbe7b4", "#a47c33")
        )
        + path("M180 520 Q190 300 400 290 Q610 300 620 520z", turned(color))
        + oval(400, 520, 220, 40, darker(color, 0.35))
        + oval(400, 522, 208, 34, lit(inner))
        + blurred(oval(400, 526, 120, 24, LIGHT), 8)
        + disc(400, 524, 44, ball(LIGHT))
        + path(
            "M226 470 Q244 356 340 326",
            "none",
            stroke=WHITE,
            stroke_width=12,
            stroke_linecap="round",
            opacity=0.4,
        )
    )


def dining_chair(wood: str, seat: str) -> str:
    """A chair of wood from the front, a little from above."""
    post = across(lighter(wood, 0.3), wood, darker(wood, 0.3))
    back = darker(wood, 0.28)
    return (
        path("M268 470 L256 640 H238 L244 470z", back)
        + path("M532 470 L544 640 H562 L556 470z", back)
        + path("M250 150 q14 -18 28 0 L296 452 H258z", post)
        + path("M550 150 q-14 -18 -28 0 L504 452 H542z", post)
        + path("M262 176 Q400 140 538 176 L532 246 Q400 216 268 246z", lit(wood))
        + "".join(
            path(f"M{332 + 46 * i} 226 h18 l{4 - 4 * i} 220 h-18z", post)
            for i in range(3)
        )
        + path("M262 440 H538 L584 520 Q400 548 216 520z", lit(seat))
        + path("M216 520 Q400 548 584 520 V542 Q400 572 216 542z", darker(seat, 0.28))
        + path(
            "M222 540 Q400 568 578 540 V566 Q400 594 222 566z", lit(darker(wood, 0.08))
        )
        + path("M226 548 H262 L254 670 H236z", post)
        + path("M574 548 H538 L546 670 H564z", post)
        + rect(250, 612, 300, 13, 5, back)
        + path(
            "M290 462 Q400 450 470 458",
            "none",
            stroke=WHITE,
            stroke_width=9,
            stroke_linecap="round",
            opacity=0.3,
        )
    )


def armchair(color: str, wood: str) -> str:
    """A soft armchair on four legs."""
    dark = darker(color, 0.3)
    arm = path(
        "M150 430 q0 -56 52 -56 t52 56 V610 q0 18 -18 18 H168 q-18 0 -18 -18z",
        slant(lighter(color, 0.28), color, darker(color, 0.22)),
    )
    return (
        path("M196 620 h30 l-12 50 h-12z", lit(wood))
        + path("M604 620 h-30 l12 50 h12z", lit(wood))
        + path(
            "M206 250 q0 -106 110 -106 H484 q110 0 110 106 V560 H206z",
            slant(lighter(color, 0.2), color, dark),
        )
        + "".join(
            disc(x, y, 8, darker(color, 0.4)) + disc(x - 2, y - 2, 4, color)
            for x in (310, 400, 490)
            for y in (230, 320)
        )
        + stitch(
            "M236 420 V260 q0 -86 86 -86 H478 q86 0 86 86 V420", lighter(color, 0.35)
        )
        + rect(228, 560, 344, 66, 18, dark)
        + path(
            "M236 470 q0 -40 40 -40 H524 q40 0 40 40 V540 q0 26 -26 26 H262"
            " q-26 0 -26 -26z",
            slant(lighter(color, 0.34), color, darker(color, 0.2)),
        )
        + stitch("M250 540 q6 12 22 12 H528 q16 0 22 -12", lighter(color, 0.4))
        + mirror(arm)
        + path(
            "M174 560 V430 q2 -30 24 -34",
            "none",
            stroke=WHITE,
            stroke_width=9,
            stroke_linecap="round",
            opacity=0.25,
        )
    )


def office_chair(color: str, frame: str) -> str:
    """A desk chair on five castors."""
    mesh = "".join(
        line(f"M280 {170 + 16 * i} H520", lighter(color, 0.3), 2, opacity=0.4)
        for i in range(15)
    )
    back = (
        "M280 200 q0 -64 64 -64 H456 q64 0 64 64 L506 400"
        " q-4 28 -30 28 H324 q-26 0 -30 -28z"
    )
    arm = line("M286 500 H206 V440", darker(frame, 0.1), 15) + rect(
        170, 420, 92, 26, 13, lit("#3a3d43")
    )
    return (
        rect(386, 520, 28, 96, 6, across("#eceff2", "#858c96"))
        + line("M400 606 L216 640", darker(frame, 0.1), 20)
        + line("M400 606 L584 640", darker(frame, 0.25), 20)
        + line("M400 606 L310 654", darker(frame, 0.05), 20)
        + line("M400 606 L490 654", darker(frame, 0.2), 20)
        + "".join(
            disc(x, y, 17, ball("#3a3d43"))
            for x, y in ((214, 650), (586, 650), (308, 656), (492, 656))
        )
        + rect(380, 400, 40, 90, 8, darker(frame, 0.3))
        + path(back, lit(color))
        + inside(path(back, "#000"), mesh)
        + path(back, "none", stroke=darker(frame, 0.1), stroke_width=12)
        + rect(310, 340, 180, 40, 18, lit(darker(color, 0.12)))
        + mirror(arm)
        + path(
            "M246 476 q0 -26 30 -26 H524 q30 0 30 26 l12 40 q4 24 -24 24 H258"
            " q-28 0 -24 -24z",
            slant(lighter(color, 0.3), color, darker(color, 0.25)),
        )
        + path(
            "M276 468 H440",
            "none",
            stroke=WHITE,
            stroke_width=8,
            stroke_linecap="round",
            opacity=0.3,
        )
    )
