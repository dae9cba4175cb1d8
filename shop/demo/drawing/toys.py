"""Toys."""

from shop.demo.drawing.shapes import (
    WHITE,
    Paint,
    ball,
    darker,
    disc,
    down,
    lighter,
    line,
    lit,
    mirror,
    oval,
    path,
    place,
    rect,
    stitch,
    turned,
    write,
)


def _plush(fur: str, muzzle: str, ears: str, tummy: str, foot: str, extra: str) -> str:
    """A sitting soft toy; the ears differ."""
    soft = ball(fur)
    leg = oval(286, 616, 66, 56, soft) + oval(272, 622, 42, 40, lit(foot))
    arm = oval(272, 486, 44, 92, soft, transform="rotate(24 272 486)")
    return (
        ears
        + oval(400, 530, 142, 138, soft)
        + oval(400, 548, 88, 94, lit(tummy))
        + mirror(arm)
        + mirror(leg)
        + oval(400, 306, 146, 130, soft)
        + oval(400, 350, 66, 50, lit(muzzle))
        + oval(400, 328, 22, 16, "#3b2b24")
        + line("M400 344 V362 M376 366 Q400 386 424 366", "#3b2b24", 5)
        + "".join(
            disc(x, 290, 13, "#2b211c") + disc(x - 4, 286, 4, WHITE) for x in (348, 452)
        )
        + "".join(oval(x, 336, 20, 13, "#e8927c", opacity=0.45) for x in (310, 490))
        + stitch("M400 470 V620", darker(tummy, 0.3), 3)
        + extra
    )


def bear(fur: str, scarf: str) -> str:
    """A sitting bear in a scarf."""
    ear = disc(286, 206, 50, ball(fur)) + disc(288, 210, 28, lit(lighter(fur, 0.45)))
    wrap = (
        path("M288 404 Q400 460 512 404 L520 440 Q400 500 280 440z", lit(scarf))
        + path("M440 446 l52 -10 l20 110 h-56z", lit(darker(scarf, 0.08)))
        + "".join(
            line(f"M{460 + 15 * i} 546 v14", darker(scarf, 0.1), 6) for i in range(4)
        )
    )
    pale = lighter(fur, 0.5)
    return _plush(fur, pale, mirror(ear), pale, pale, wrap)


def hare(fur: str, bow: str) -> str:
    """A sitting hare with long ears and a bow."""
    ear = oval(330, 150, 38, 118, ball(fur), transform="rotate(-10 330 150)") + oval(
        332, 158, 20, 88, lit("#eeb8ac"), transform="rotate(-10 332 158)"
    )
    knot = (
        path("M400 428 l-64 -34 q-10 34 0 68z", lit(bow))
        + path("M400 428 l64 -34 q10 34 0 68z", lit(darker(bow, 0.1)))
        + disc(400, 428, 18, ball(bow))
    )
    pale = lighter(fur, 0.6)
    body = _plush(fur, pale, mirror(ear), pale, "#eeb8ac", knot)
    return place(body, x=24, y=40, by=0.94)


def blocks(colors: tuple[str, ...]) -> str:
    """A tower of wooden blocks with an arch and a roof."""
    a, b, c, d = colors

    def cube(x: float, y: float, color: str, sign: str) -> str:
        return (
            path(f"M{x} {y} l22 -18 h110 l-22 18z", lighter(color, 0.45))
            + path(f"M{x + 110} {y} l22 -18 v110 l-22 18z", darker(color, 0.3))
            + rect(x, y, 110, 110, 4, lit(color))
            + write(x + 55, y + 78, sign, 62, lighter(color, 0.8))
        )

    return (
        cube(150, 560, a, "А")
        + cube(530, 560, c, "Б")
        + path("M296 560 l22 -18 h180 l-22 18z", lighter(d, 0.45))
        + path("M476 560 l22 -18 v110 l-22 18z", darker(d, 0.3))
        + path("M296 560 H476 V670 H438 Q438 610 386 610 T334 670 H296z", lit(d))
        + cube(262, 432, b, "Ә")
        + cube(414, 432, a, "Қ")
        + cube(338, 304, c, "1")
        + path("M402 170 l88 98 -20 20z", darker(b, 0.3))
        + path("M402 170 L330 288 H470z", lit(b))
    )


def train(colors: tuple[str, ...]) -> str:
    """A wooden engine with one wagon, facing left."""
    body, roof, car, wheel = colors

    def wheels(*xs: float) -> str:
        return "".join(
            disc(x, 634, 36, ball(wheel))
            + disc(x, 634, 21, lit("#f0dcb8"))
            + disc(x, 634, 7, darker(wheel, 0.3))
            for x in xs
        )

    return (
        line("M440 610 H480", "#8d6a42", 12)
        + rect(110, 590, 340, 34, 10, lit("#d9b27c"))
        + rect(
            128, 480, 190, 116, 46, down(lighter(body, 0.35), body, darker(body, 0.3))
        )
        + path("M168 486 L158 400 H222 L212 486z", turned(roof))
        + rect(148, 384, 84, 24, 10, lit(darker(roof, 0.1)))
        + oval(270, 480, 30, 20, ball("#e2b24c"))
        + rect(306, 400, 130, 196, 8, lit(body))
        + rect(334, 434, 74, 70, 10, lit("#dcecf3"))
        + rect(290, 372, 164, 36, 16, lit(roof))
        + disc(128, 536, 17, ball("#f4d27a"))
        + wheels(170, 270, 386)
        + rect(476, 590, 220, 34, 10, lit("#d9b27c"))
        + path("M488 490 H684 L672 592 H500z", lit(car))
        + "".join(
            disc(x, y, 28, ball(k))
            for x, y, k in ((530, 476, "#e2b24c"), (586, 466, body), (642, 476, roof))
        )
        + path("M488 496 H684 L672 592 H500z", lit(car))
        + wheels(528, 644)
    )


def pyramid(colors: tuple[str, ...]) -> str:
    """Rings on a peg with a ball on top."""
    rings = "".join(
        rect(400 - half, 592 - 72 * i, 2 * half, 74, 37, turned(color))
        + line(
            f"M{400 - half + 34} {606 - 72 * i} h{half * 0.5}", WHITE, 6, opacity=0.4
        )
        for i, (half, color) in enumerate(
            zip((196, 168, 140, 112, 84), colors, strict=True)
        )
    )
    return (
        rect(390, 220, 20, 400, 8, lit("#d9b27c"))
        + rect(210, 648, 380, 22, 11, turned("#d9b27c"))
        + rings
        + disc(400, 250, 58, ball(colors[0]))
    )


def _piece(
    x: float, y: float, fill: Paint, right: bool = True, bottom: bool = True
) -> str:
    """A jigsaw piece 150 wide with knobs to the right and below."""
    knob_right = "v46 c34 -22 44 0 44 29 s-10 51 -44 29 v46" if right else "v150"
    knob_down = "h-46 c22 34 0 44 -29 44 s-51 -10 -29 -44 h-46" if bottom else "h-150"
    edge = f"M{x} {y} h150 {knob_right} {knob_down}z"
    return path(edge, fill, stroke=WHITE, stroke_width=3, stroke_opacity=0.6)


LAST = (
    "M0 0 h46 c-22 34 0 44 29 44 s51 -10 29 -44 h46 v150 h-150 v-46"
    " c34 22 44 0 44 -29 s-10 -51 -44 -29z"
)


def puzzle(colors: tuple[str, ...]) -> str:
    """A jigsaw of nine pieces, the last one still to be put in."""
    parts = ""
    for index in reversed(range(9)):
        row, column = divmod(index, 3)
        tint = lit(colors[(index * 2 + row) % len(colors)])
        x, y = 150 + 150 * column, 150 + 150 * row
        if index == 8:
            parts += place(path(LAST, tint), x=540, y=524, turn=16)
        else:
            parts += _piece(x, y, tint, right=column < 2, bottom=row < 2)
    return place(parts, x=-20, y=-10)
