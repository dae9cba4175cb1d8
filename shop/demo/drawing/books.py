"""Books with covers of our own."""

from shop.demo.drawing.shapes import (
    SANS,
    SERIF,
    WHITE,
    across,
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
    write,
)

WIDTH, HEIGHT = 360, 510


def mountains(ground: str, ink: str) -> str:
    """Peaks under a wide sky, wind above them."""
    return (
        rect(0, 0, WIDTH, HEIGHT, 0, down(lighter(ground, 0.35), ground))
        + disc(264, 250, 40, "#f6e3b0")
        + path(
            "M0 400 L90 270 L150 340 L220 240 L360 410 V510 H0z", darker(ground, 0.25)
        )
        + path("M220 240 l-30 44 22 -8 12 14 14 -12 18 6z", WHITE, opacity=0.9)
        + path("M0 450 Q100 380 190 430 T360 420 V510 H0z", darker(ground, 0.5))
        + line("M40 226 q40 -22 80 0 t70 -4", ink, 4, opacity=0.7)
        + line("M70 252 q30 -16 60 0 t50 -2", ink, 4, opacity=0.5)
    )


def railway(ground: str, ink: str) -> str:
    """Rails that run to the horizon under a moon."""
    ties = "".join(
        rect(
            180 - 14 - 11 * i, 326 + 3 * i * i, 28 + 22 * i, 4 + i, 1, ink, opacity=0.8
        )
        for i in range(8)
    )
    return (
        rect(0, 0, WIDTH, HEIGHT, 0, down(darker(ground, 0.45), ground))
        + "".join(
            disc((i * 97) % 350, 176 + (i * 41) % 120, 1.8, WHITE, opacity=0.8)
            for i in range(24)
        )
        + disc(90, 228, 26, "#f3e6bf")
        + disc(100, 222, 23, darker(ground, 0.2))
        + rect(0, 316, WIDTH, 194, 0, down("#c9a46a", "#8a6a3e"))
        + ties
        + path("M176 316 L64 510 h14 L180 316z", "#e9e4da")
        + path("M184 316 L296 510 h-14 L180 316z", "#e9e4da")
        + rect(0, 474, WIDTH, 36, 0, darker(ground, 0.4))
    )


def snow(ground: str, ink: str) -> str:
    """A small house in deep snow."""
    flakes = "".join(
        disc((i * 83) % 356, 20 + (i * 57) % 470, 2 + i % 4, WHITE, opacity=0.85)
        for i in range(60)
    )
    return (
        rect(0, 0, WIDTH, HEIGHT, 0, down(ground, lighter(ground, 0.4)))
        + path(
            "M30 420 L70 300 L110 420z M90 420 L126 326 L162 420z", darker(ground, 0.35)
        )
        + rect(196, 356, 90, 70, 2, "#7a4a35")
        + path("M184 364 L241 306 L298 364z", WHITE)
        + rect(226, 382, 28, 28, 2, "#ffd98a")
        + path("M0 430 Q110 380 200 420 T360 406 V510 H0z", WHITE)
        + flakes
    )


def table(ground: str, ink: str) -> str:
    """A laid table from above."""
    return (
        rect(0, 0, WIDTH, HEIGHT, 0, lit(ground))
        + disc(180, 340, 104, "#f6f1e6")
        + disc(180, 340, 84, lighter("#f6f1e6", 0.4), stroke=ink, stroke_width=4)
        + "".join(
            place(
                path("M0 -62 q16 18 0 36 q-16 -18 0 -36z", "#6d9a5c"),
                x=180,
                y=340,
                turn=45 * i,
            )
            for i in range(8)
        )
        + disc(180, 340, 30, "#d9793c")
        + disc(172, 332, 12, "#eda265")
        + disc(56, 250, 34, "#f6f1e6")
        + disc(56, 250, 25, "#b5743c")
        + disc(310, 250, 28, "#f6f1e6")
        + disc(310, 250, 20, "#d8c27a")
        + disc(306, 446, 34, "#f6f1e6")
        + disc(306, 446, 25, "#a33f3a")
        + disc(52, 440, 30, "#f6f1e6")
        + disc(52, 440, 21, "#6d9a5c")
    )


def bread(ground: str, ink: str) -> str:
    """A round loaf with an ear of wheat."""
    ear = "".join(
        oval(
            s * 15,
            -24 * i,
            8,
            15,
            ink,
            transform=f"rotate({s * 30} {s * 15} {-24 * i})",
        )
        for i in range(6)
        for s in (-1, 1)
    ) + line("M0 60 V-130", ink, 4)
    return (
        rect(0, 0, WIDTH, HEIGHT, 0, lit(ground))
        + oval(180, 392, 130, 82, slant("#dba35c", "#b77a38", "#8a5524"))
        + "".join(
            line(f"M{110 + 46 * i} {348 - 8 * (i % 2)} q26 30 16 74", "#f4dcae", 9)
            for i in range(4)
        )
        + place(ear, x=180, y=282, by=0.62, turn=24)
        + oval(180, 478, 150, 9, darker(ground, 0.4), opacity=0.4)
    )


def letters(ground: str, ink: str) -> str:
    """The nine Kazakh letters."""
    cells = "".join(
        rect(
            36 + 100 * (i % 3),
            200 + 92 * (i // 3),
            84,
            78,
            14,
            (lighter(ground, 0.75), "#f4d27a", lighter(ground, 0.4))[(i + i // 3) % 3],
        )
        + write(
            78 + 100 * (i % 3), 256 + 92 * (i // 3), letter, 46, darker(ground, 0.5)
        )
        for i, letter in enumerate("ӘҒҚҢӨҰҮҺІ")
    )
    return rect(0, 0, WIDTH, HEIGHT, 0, lit(ground)) + cells


def algebra(ground: str, ink: str) -> str:
    """A parabola on squared paper."""
    grid = "".join(
        line(f"M{20 + 32 * i} 180 V462", WHITE, 1.5, opacity=0.35) for i in range(11)
    ) + "".join(
        line(f"M20 {180 + 31 * i} H340", WHITE, 1.5, opacity=0.35) for i in range(10)
    )
    return (
        rect(0, 0, WIDTH, HEIGHT, 0, lit(ground))
        + grid
        + line("M180 180 V462", WHITE, 4)
        + line("M20 400 H340", WHITE, 4)
        + line("M70 196 Q180 660 290 196", "#f4d27a", 9)
        + disc(94, 286, 10, "#e8715a")
        + disc(266, 286, 10, "#e8715a")
        + write(284, 448, "y = x²", 28, WHITE, SERIF, font_style="italic")
    )


def camel(ground: str, ink: str) -> str:
    """A little camel under a big sun."""
    fur = "#c98f4f"
    return (
        rect(0, 0, WIDTH, HEIGHT, 0, down(lighter(ground, 0.45), ground))
        + disc(272, 240, 54, "#f8e3a0")
        + path("M0 430 Q90 390 180 424 T360 410 V510 H0z", "#e3b65f")
        + path(
            "M96 440 V360 Q100 330 130 332 Q140 270 164 330 Q180 340 194 328"
            " Q214 268 230 332 Q246 340 252 330 L256 276 Q258 244 290 246"
            " Q318 250 312 270 L286 284 Q286 360 250 374 V440 H230 V384 H120 V440z",
            slant(lighter(fur, 0.25), fur, darker(fur, 0.15)),
        )
        + disc(284, 260, 4, "#2e241a")
        + line("M96 362 q-20 10 -18 36", fur, 7)
        + line("M262 290 l26 10", "#c44f43", 7)
        + path("M146 340 q30 12 66 0 v26 q-34 12 -66 0z", "#c44f43")
        + path("M0 470 Q120 440 220 470 T360 460 V510 H0z", "#c8963f")
    )


def _front(
    art: str, title: list[str], ink: str, house: str, plate: str, size: float
) -> str:
    words = "".join(
        write(WIDTH / 2, 78 + (size + 8) * i, row, size, ink, SERIF)
        for i, row in enumerate(title)
    )
    band = rect(0, 24, WIDTH, 44 + (size + 8) * len(title), 0, plate) if plate else ""
    return (
        art
        + band
        + words
        + write(
            WIDTH / 2,
            HEIGHT - 16,
            house,
            17,
            ink if not plate else WHITE,
            SANS,
            letter_spacing=5,
        )
    )


def cover(
    art: str, title: list[str], ink: str = WHITE, plate: str = "", size: float = 40
) -> str:
    """The front of a book, its corner at 0, 0."""
    return inside(
        rect(0, 0, WIDTH, HEIGHT, 5, "#000"),
        _front(art, title, ink, "PARAQ", plate, size),
        rect(0, 0, 15, HEIGHT, 0, across((WHITE, 0.28), ("#000000", 0.22))),
        path(f"M0 0 H210 L60 {HEIGHT} H0z", slant((WHITE, 0.16), (WHITE, 0))),
    )


def standing_book(front: str, spine: str) -> str:
    """The book upright, turned a little so that its pages show."""
    pages = path("M0 0 l44 -26 V484 l-44 26z", across("#f7f1e2", "#d8cdb4"))
    lines = "".join(
        line(
            f"M{6 + 6 * i} {-4 - 3.5 * i} V{506 - 3.5 * i}", "#c2b596", 1.2, opacity=0.7
        )
        for i in range(6)
    )
    top = path(f"M0 0 l44 -26 H{WIDTH + 44} l-44 26z", "#efe6d0")
    return place(
        top
        + place(pages + lines, x=WIDTH)
        + path(f"M{WIDTH} 0 l44 -26 v7 l-44 26z", darker(spine, 0.2))
        + path(f"M0 0 l44 -26 H{WIDTH + 44} v5 H46 L8 4z", spine, opacity=0.55)
        + path(f"M{WIDTH + 40} -24 l6 -4 V484 l-6 4z", darker(spine, 0.35))
        + front,
        x=198,
        y=160,
    )


def stack(front: str, spine: str, title: str, ink: str = WHITE) -> str:
    """The book lying on two of its fellows, spines to the viewer."""
    rows = ""
    for i, (x, tint) in enumerate(((140, 0.22), (170, 0.1), (128, 0.0))):
        y = 600 - 72 * i
        rows += (
            rect(
                x,
                y,
                500,
                70,
                7,
                down(
                    lighter(spine, 0.3 - tint), darker(spine, tint), darker(spine, 0.4)
                ),
            )
            + rect(x + 30, y, 8, 70, 0, ink, opacity=0.6)
            + rect(x + 462, y, 8, 70, 0, ink, opacity=0.6)
            + write(x + 250, y + 45, title, 25, ink, SERIF)
        )
    return rows + place(front, x=300, y=98, by=0.7, turn=-5)


def open_book(paper: str, art: str) -> str:
    """The book open, text on the left, a picture on the right."""
    rows = "".join(
        line(
            f"M158 {290 + 24 * i} H{366 - 50 * (i % 4 == 3)}",
            "#8d867a",
            5,
            opacity=0.55,
        )
        for i in range(10)
    )
    return (
        path(
            "M104 232 Q260 200 400 250 Q540 200 696 232 V600 Q540 570 400 616"
            " Q260 570 104 600z",
            darker(paper, 0.3),
        )
        + path(
            "M116 220 Q262 186 400 238 V602 Q262 552 116 586z",
            slant(lighter(paper, 0.5), darker(paper, 0.04)),
        )
        + path(
            "M684 220 Q538 186 400 238 V602 Q538 552 684 586z",
            slant(darker(paper, 0.06), lighter(paper, 0.5)),
        )
        + path(
            "M400 238 V602 Q370 584 340 580 V224z", across((WHITE, 0), ("#6b5d44", 0.3))
        )
        + path(
            "M400 238 V602 Q430 584 460 580 V224z", across(("#6b5d44", 0.3), (WHITE, 0))
        )
        + rows
        + inside(rect(452, 262, 196, 270, 8, "#000"), place(art, x=444, y=226, by=0.6))
        + line("M400 244 Q420 420 408 660", "#b5473f", 8)
    )
