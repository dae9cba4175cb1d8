"""Which pictures books, camping gear, fitness and toys have: by SKU, main one first."""

from shop.demo.drawing import books as b
from shop.demo.drawing import outdoors as o
from shop.demo.drawing import toys as y
from shop.demo.drawing.plan_tech import Shots
from shop.demo.drawing.shapes import WHITE
from shop.demo.drawing.studio import closeup, lying, standing

RAINBOW = ("#d9604f", "#e8a93f", "#4f8fb0", "#6fae6a", "#8a6bb0")
CREAM, BROWN = "#fbf6ea", "#5b3617"
CAMEL = b.camel("#7fc0c9", WHITE)
TABLE = b.table("#3f6f6a", WHITE)
PEAKS = b.mountains("#4f86a0", WHITE)


def shots() -> Shots:
    """The pictures of books, camping gear, fitness equipment and toys."""
    return {**_books(), **_camping(), **_fitness(), **_toys()}


def _books() -> Shots:
    wind = b.cover(PEAKS, ["Ветер", "над Алатау"])
    train = b.cover(
        b.railway("#3d4a72", WHITE), ["Последний", "поезд", "в Жаркент"], size=36
    )
    snow = b.cover(
        b.snow("#8fb0cc", WHITE), ["Сто снежных", "дней"], "#23364d", size=38
    )
    feast = b.cover(TABLE, ["Дастархан", "на каждый день"], CREAM, size=32)
    bread = b.cover(b.bread("#e9d3a6", "#8a5a2a"), ["Хлеб и тесто"], BROWN, size=38)
    kazakh = b.cover(
        b.letters("#2f7f8f", WHITE), ["Қазақ тілі:", "30 шағын сабақ"], size=31
    )
    algebra = b.cover(b.algebra("#5a4a8a", WHITE), ["Алгебра", "без страха"])
    tales = b.cover(CAMEL, ["Сказки", "верблюжонка"], BROWN, size=37)

    def upright(tone: str, front: str, spine: str) -> str:
        return standing(tone, b.standing_book(front, spine))

    return {
        "bok-1001": [
            upright("sky", wind, "#35627a"),
            standing("sand", b.stack(wind, "#35627a", "Ветер над Алатау"), wide=260),
        ],
        "bok-1002": [upright("sand", train, "#2a3356")],
        "bok-1003": [upright("lilac", snow, "#6f8fac")],
        "bok-1004": [
            upright("blush", feast, "#2f5854"),
            lying("sage", b.open_book("#f3ead6", TABLE)),
        ],
        "bok-1005": [
            upright("sage", bread, "#cbb07c"),
            standing("butter", b.stack(bread, "#a5834a", "Хлеб и тесто"), wide=260),
        ],
        "bok-1006": [upright("butter", kazakh, "#246573")],
        "bok-1007": [upright("mist", algebra, "#463a70")],
        "bok-1008": [
            upright("stone", tales, "#5fa0a9"),
            lying("sky", b.open_book("#f3ead6", CAMEL)),
        ],
    }


def _camping() -> Shots:
    town = o.backpack("#5d6b7d", "#e29a4a")
    school = o.backpack("#7a63ad", "#f0c044", o.star_badge("#f4d27a"))
    trek = o.trekking_pack("#3f6f5a", "#e2843c")
    dome = standing("sky", o.dome_tent("#e2843c", "#f0dcb8"), wide=300, rise=70)
    family = o.family_tent("#5d7f5b", "#e9dcc0")
    return {
        "cmp-1001": [
            standing("mist", town, wide=190),
            closeup(standing("sand", town, wide=190), 400, 500, 1.8),
        ],
        "cmp-1002": [
            standing("sage", trek, wide=220),
            closeup(standing("sky", trek, wide=220), 400, 300, 1.7),
            closeup(standing("butter", trek, wide=220), 380, 530, 1.7),
        ],
        "cmp-1003": [standing("butter", school, wide=190)],
        "cmp-1004": [
            dome,
            closeup(standing("sand", o.dome_tent("#e2843c", "#f0dcb8")), 400, 520, 1.6),
        ],
        "cmp-1005": [
            standing("butter", family, wide=320, rise=80),
            closeup(standing("sage", family, wide=320), 300, 500, 1.6),
        ],
        "cmp-1006": [lying("lilac", o.sleeping_bag("#35627a", "#e29a4a"))],
        "cmp-1007": [
            standing("stone", o.thermos("#3f6f5a", "#b9bfc8"), wide=150),
            closeup(standing("blush", o.thermos("#3f6f5a", "#b9bfc8")), 440, 520, 1.6),
        ],
    }


def _fitness() -> Shots:
    dumbbells = o.dumbbells("#3b3e45", "#5d6b7d", "5")
    mat = o.yoga_mat("#8a6bb0", "#b9a2d6")
    return {
        "fit-1001": [
            standing("sky", dumbbells, wide=280, rise=110),
            closeup(standing("sand", dumbbells, wide=280), 250, 570, 1.9),
        ],
        "fit-1002": [
            standing("blush", o.kettlebell("#3b3e45", "#e2a33c", "16"), wide=150)
        ],
        "fit-1003": [lying("sage", mat), closeup(lying("stone", mat), 330, 560, 1.7)],
    }


def _toys() -> Shots:
    bear = y.bear("#b98552", "#c94f45")
    hare = y.hare("#cfd3da", "#5d8fb0")
    train = y.train(("#4f8fb0", "#d9604f", "#6fae6a", "#e8a93f"))
    puzzle = lying("stone", y.puzzle(RAINBOW))
    tower = y.blocks(("#d9604f", "#4f8fb0", "#6fae6a", "#e8a93f"))
    return {
        "toy-1001": [
            standing("butter", bear, wide=180),
            closeup(standing("sage", bear, wide=180), 400, 330, 1.7),
        ],
        "toy-1002": [standing("blush", hare, wide=180)],
        "toy-1003": [
            standing("sky", tower, wide=260),
            closeup(standing("sand", tower, wide=260), 400, 440, 1.6),
        ],
        "toy-1004": [
            standing("sage", train, wide=300, rise=90),
            closeup(standing("mist", train, wide=300), 280, 530, 1.7),
        ],
        "toy-1005": [standing("lilac", y.pyramid(RAINBOW), wide=190)],
        "toy-1006": [puzzle],
    }
