"""Camping gear and fitness equipment."""

from shop.demo.drawing.shapes import (
    STEEL,
    WHITE,
    across,
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
    place,
    rect,
    slant,
    stitch,
    turned,
    write,
)


def backpack(color: str, accent: str, badge: str = "") -> str:
    """A town or school backpack."""
    body = (
        "M240 320 Q240 168 400 168 T560 320 V610 Q560"
        " 670 500 670 H300 Q240 670 240 610z"
    )
    pocket = (
        "M276 470 Q276 440 306 440 H494 Q524 440 524 470 V600"
        " Q524 634 490 634 H310 Q276 634 276 600z"
    )
    side = path("M248 470 q-44 10 -44 60 v76 q0 30 44 30z", lit(darker(color, 0.2)))
    return (
        line("M356 180 Q360 116 400 116 T444 180", darker(accent, 0.25), 18)
        + mirror(side)
        + path(body, slant(lighter(color, 0.26), color, darker(color, 0.26)))
        + path(
            "M272 330 Q272 204 400 204 T528 330 V400 H272z",
            slant(lighter(color, 0.12), darker(color, 0.1)),
        )
        + line("M272 400 V330 Q272 204 400 204 T528 330 V400", darker(color, 0.45), 6)
        + line(
            "M272 400 V330 Q272 204 400 204 T528 330 V400",
            lighter(color, 0.45),
            2,
            stroke_dasharray="4 4",
        )
        + path(pocket, slant(lighter(color, 0.2), color, darker(color, 0.2)))
        + line("M284 478 H516", darker(color, 0.45), 7)
        + line("M284 478 H516", "#d6dae0", 2.5, stroke_dasharray="4 4")
        + rect(494, 472, 13, 44, 6, lit(accent))
        + rect(268, 392, 13, 42, 6, lit(accent))
        + stitch("M290 620 H510", lighter(color, 0.4))
        + (
            badge
            or rect(360, 300, 80, 48, 10, lit(accent))
            + line("M376 324 H424", WHITE, 5, opacity=0.85)
        )
        + path(
            "M264 590 V330 q4 -70 54 -106",
            "none",
            stroke=WHITE,
            stroke_width=9,
            stroke_linecap="round",
            opacity=0.22,
        )
    )


def star_badge(color: str) -> str:
    """A star for a school backpack."""
    return path(
        "M400 260 l20 42 46 6 -34 32 9 46 -41 -23 -41 23 9 -46 -34 -32 46 -6z",
        lit(color),
    )


def trekking_pack(color: str, accent: str) -> str:
    """A tall backpack with a lid, straps and a rolled mat."""
    strap = line("M330 260 V650", darker(accent, 0.45), 15) + rect(
        314, 420, 32, 24, 6, lit("#3a3d43")
    )
    return (
        path(
            "M262 250 H538 L560 600 Q560 652 500 652 H300 Q240 652 240 600z",
            slant(lighter(color, 0.25), color, darker(color, 0.28)),
        )
        + path("M238 420 q-36 14 -36 60 v90 q0 30 40 34z", lit(darker(color, 0.25)))
        + path("M562 420 q36 14 36 60 v90 q0 30 -40 34z", lit(darker(color, 0.35)))
        + line("M214 420 L250 380", "#e2e5e9", 6)
        + path(
            "M300 400 H500 Q516 400 516 420 V560 Q516 590 486 590 H314 Q284 590 284 560"
            " V420 Q284 400 300 400z",
            lit(accent),
        )
        + line("M296 440 H504", darker(accent, 0.4), 6)
        + rect(484, 436, 12, 40, 6, "#e2e5e9")
        + mirror(strap)
        + path(
            "M236 246 Q240 130 400 130 T564 246 Q566 300"
            " 528 300 H272 Q234 300 236 246z",
            slant(lighter(accent, 0.3), accent, darker(accent, 0.25)),
        )
        + line("M286 220 Q400 190 514 220", darker(accent, 0.4), 5)
        + path("M372 138 q28 -40 56 0", "none", stroke="#33363c", stroke_width=12)
        + rect(168, 616, 464, 54, 27, down("#e8a35c", "#c9793a", "#8d4f22"))
        + disc(196, 643, 27, "#c9793a")
        + disc(196, 643, 17, "#e8a35c")
        + disc(196, 643, 8, "#c9793a")
        + rect(300, 612, 18, 62, 5, "#33363c")
        + rect(482, 612, 18, 62, 5, "#33363c")
    )


def _ground() -> str:
    return "".join(
        line(f"M{x} 668 q-4 -12 -10 -16 M{x} 668 q2 -16 8 -20", "#7d9a66", 4)
        for x in (112, 260, 566, 694)
    )


def dome_tent(color: str, inner: str) -> str:
    """A dome tent with its door rolled to the side."""
    shell = "M96 670 Q180 300 400 270 Q620 300 704 670z"
    return (
        line("M110 660 L70 676 M690 660 L730 676", "#8d949e", 4)
        + path(shell, slant(lighter(color, 0.35), color, darker(color, 0.3)))
        + path(
            "M400 270 Q620 300 704 670 H560 Q540 420 400 270z",
            darker(color, 0.28),
            opacity=0.6,
        )
        + path(
            "M400 270 Q240 420 236 670 H560 Q548 420 400 270z",
            slant(lighter(inner, 0.2), darker(inner, 0.1)),
        )
        + path(
            "M400 330 Q300 470 292 670 H512 Q500 470 400 330z",
            down(darker(inner, 0.72), darker(inner, 0.45)),
        )
        + path(
            "M400 330 Q500 470 512 670 H470 Q476 480 400 330z", lit(lighter(inner, 0.2))
        )
        + line("M470 560 h26", darker(color, 0.2), 7)
        + path("M292 670 Q400 640 512 670z", "#5c6b7d")
        + line("M400 270 Q240 420 236 670", darker(color, 0.45), 6)
        + line("M400 270 Q548 420 560 670", darker(color, 0.45), 6)
        + line("M150 560 q40 -150 130 -220", WHITE, 9, opacity=0.35)
        + _ground()
    )


def family_tent(color: str, inner: str) -> str:
    """A long tent for four with a window and an awning."""
    return (
        line("M84 664 L56 676 M716 664 L744 676", "#8d949e", 4)
        + path(
            "M470 330 Q640 340 724 670 H470z",
            slant(darker(color, 0.1), darker(color, 0.45)),
        )
        + path(
            "M76 670 Q110 330 290 320 H470 Q560 350 560 670z",
            slant(lighter(color, 0.35), color, darker(color, 0.2)),
        )
        + line("M200 352 Q150 440 146 670", darker(color, 0.35), 5)
        + path(
            "M330 384 H486 Q520 400 524 560 Q530 640 526 670 H306 Q300 460 330 384z",
            lit(inner),
        )
        + path(
            "M352 420 H470 Q492 430 496 560 L498 670 H332 Q330 480 352 420z",
            down(darker(inner, 0.72), darker(inner, 0.5)),
        )
        + path(
            "M352 420 H400 Q372 520 372 670 H332 Q330 480 352 420z",
            lit(lighter(inner, 0.25)),
        )
        + path(
            "M186 456 q2 -14 14 -14 h56 q12 0 12 14 v60 q0"
            " 12 -12 12 h-60 q-12 0 -12 -12z",
            lit("#dcebf2"),
        )
        + line("M226 444 V526 M186 486 H268", lighter(color, 0.2), 5)
        + path("M604 470 q34 0 44 60 l8 40 H604z", lit("#b7cdd8"))
        + line("M290 320 H470", darker(color, 0.4), 7)
        + line("M128 560 q20 -150 110 -196", WHITE, 9, opacity=0.35)
        + _ground()
    )


def sleeping_bag(color: str, lining: str) -> str:
    """A mummy bag from above, a corner folded open."""
    shell = (
        "M400 92 Q520 92 536 230 L560 420 Q560 560 500 690 Q400 720"
        " 300 690 Q240 560 240 420 L264 230 Q280 92 400 92z"
    )
    seams = "".join(
        line(
            f"M200 {270 + 62 * i} Q400 {296 + 62 * i} 600 {270 + 62 * i}",
            darker(color, 0.35),
            5,
            opacity=0.55,
        )
        + line(
            f"M200 {278 + 62 * i} Q400 {304 + 62 * i} 600 {278 + 62 * i}",
            lighter(color, 0.4),
            3,
            opacity=0.5,
        )
        for i in range(7)
    )
    return place(
        path(shell, slant(lighter(color, 0.25), color, darker(color, 0.25)))
        + inside(path(shell, "#000"), seams)
        + oval(400, 200, 96, 84, slant(darker(lining, 0.35), lining))
        + oval(400, 214, 74, 50, lit("#f1ece0"))
        + line("M400 284 Q470 300 520 280", darker(color, 0.5), 9)
        + path("M440 262 L556 300 L560 470 Q470 400 440 262z", lit(lining))
        + line("M440 262 Q470 400 558 470", "#d6dae0", 4, stroke_dasharray="5 5")
        + write(330, 640, "−5°", 40, lighter(color, 0.6)),
        x=60,
        y=-4,
        turn=8,
    )


def thermos(color: str, cup: str) -> str:
    """A vacuum flask, its cup beside it."""
    steel = across(*STEEL)
    return (
        path(
            "M290 300 q0 -46 30 -62 H460 q30 16 30 62 V640"
            " q0 30 -24 30 H314 q-24 0 -24 -30z",
            turned(color),
        )
        + rect(316, 214, 148, 34, 6, steel)
        + path("M322 124 q0 -16 16 -16 H442 q16 0 16 16 V214 H322z", turned(cup))
        + "".join(
            line(f"M{340 + 20 * i} 130 V204", darker(cup, 0.3), 3, opacity=0.5)
            for i in range(6)
        )
        + rect(290, 620, 200, 16, 0, steel)
        + write(390, 470, "asuly", 32, lighter(color, 0.65), letter_spacing=4)
        + line("M316 600 V310", WHITE, 12, opacity=0.35)
        + path("M540 560 H660 L646 656 q-2 14 -14 14 H568 q-12 0 -14 -14z", turned(cup))
        + oval(600, 560, 60, 13, steel)
        + oval(600, 562, 51, 9, "#7a4423")
    )


def dumbbells(color: str, grip: str, weight: str) -> str:
    """Two hexagonal dumbbells, one lying before the other."""

    def head(x: float) -> str:
        return (
            path(
                f"M{x} 60 l24 -60 h62 l24 60 v80 l-24 60 h-62 l-24 -60z",
                slant(lighter(color, 0.35), color, darker(color, 0.4)),
            )
            + path(f"M{x} 60 l24 -60 h62 l24 60 h-110z", WHITE, opacity=0.12)
            + path(f"M{x} 140 h110 l-24 60 h-62z", "#000000", opacity=0.18)
            + write(x + 55, 114, weight, 34, lighter(color, 0.7))
        )

    one = (
        rect(100, 78, 180, 44, 20, down(*("#f4f6f8", "#b4bac3", "#7d848e")))
        + rect(132, 74, 116, 52, 22, down(lighter(grip, 0.3), grip, darker(grip, 0.4)))
        + "".join(
            line(f"M{146 + 11 * i} 78 V122", darker(grip, 0.35), 3, opacity=0.7)
            for i in range(9)
        )
        + head(0)
        + head(270)
    )
    return place(one, x=322, y=424, by=0.92) + place(one, x=104, y=464, by=1.03)


def kettlebell(color: str, ring: str, weight: str) -> str:
    """A cast kettlebell."""
    arch = "M306 420 C250 250 290 176 400 176 S550 250 494 420"
    return (
        line(arch, darker(color, 0.35), 62)
        + line(arch, color, 50)
        + line("M296 380 C262 262 300 200 386 196", lighter(color, 0.4), 10)
        + path(
            "M280 640 Q206 580 214 496 Q230 376 400 370 Q570 376 586 496"
            " Q594 580 520 640 L510 670 H290z",
            glow(
                lighter(color, 0.36),
                color,
                darker(color, 0.4),
                at=(0.34, 0.28),
                r=0.8,
            ),
        )
        + disc(400, 516, 86, ring)
        + disc(400, 516, 72, lit(color))
        + write(400, 540, weight, 66, WHITE)
        + line("M246 520 q6 -70 70 -100", WHITE, 11, opacity=0.3)
    )


def yoga_mat(color: str, other: str) -> str:
    """A mat half unrolled, from above."""
    rings = "".join(
        disc(244, 620, 74 - 12 * i, color if i % 2 else lighter(color, 0.35))
        for i in range(6)
    )
    return place(
        path(
            "M240 546 L360 190 H690 L610 694 H250z",
            slant(lighter(other, 0.3), other, darker(other, 0.1)),
        )
        + line(
            "M420 300 L560 560 M560 300 L400 560", lighter(other, 0.5), 4, opacity=0.8
        )
        + disc(488, 430, 56, "none", stroke=lighter(other, 0.5), stroke_width=4)
        + path(
            "M244 546 H620 q60 6 60 74 t-60 74 H244z",
            down(lighter(color, 0.35), color, darker(color, 0.35)),
        )
        + rings
        + rect(330, 542, 26, 156, 6, darker(other, 0.4))
        + rect(520, 542, 26, 156, 6, darker(other, 0.4))
        + line("M343 548 Q430 470 533 548", darker(other, 0.4), 12),
        x=-34,
        y=-30,
    )
