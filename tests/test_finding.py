"""What people type to find somebody, and what it finds, on either database."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db.models import F

from accounts.models import User
from orders.models import Order
from shop import finding
from shop.finding import PersonText, Word, person_text, read
from tests.factories import make_order, make_user

ROOT = Path(__file__).resolve().parents[1]
FULL = "+77011234567"


@pytest.mark.parametrize(
    "query",
    [
        "8 701 123 45 67", "8 (701) 123-45-67", "87011234567", "+7 701 123 4567",
        "+7(701)123-45-67", "7011234567", "701 123 45 67", " 8 701 1234567 ",
    ],
)  # fmt: skip
def test_a_phone_number_is_one_however_it_is_written(query: str) -> None:
    assert finding.as_phone(query) == FULL


@pytest.mark.parametrize("query", ["12345", "айгүл", "8 701", "", "1" * 300, "(-)"])
def test_what_cannot_be_dialled_is_no_phone_number(query: str) -> None:
    assert finding.as_phone(query) == ""


@pytest.mark.parametrize(
    ("query", "number", "is_marked"),
    [
        ("12", 12, False),
        ("№12", 12, True),
        ("№ 12", 12, True),
        ("# 12", 12, True),
        ("12 13", None, False),
        ("№12 айгүл", None, False),
        ("+7", None, False),
        ("9" * 18, 999_999_999_999_999_999, False),
        ("9" * 19, None, False),
        ("٣", None, False),
        ("", None, False),
    ],
)
def test_a_number_is_one_with_its_sign_or_without(
    query: str, number: int | None, is_marked: bool
) -> None:
    assert finding.as_number(query) == number
    assert finding.is_marked(query) is is_marked


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("8 701 123", [Word(("8701123", " 7701123"))]),
        ("4567", [Word(("4567",), number=4567)]),
        ("87", [Word((), number=87)]),
        ("+7", [Word((" 7",))]),
        ("№ 12 Семён", [Word(number=12), Word(("семен",))]),
        ("Ли @ ivan1985@mail.kz", [Word((" ли",)), Word(("ivan1985@mail.kz",))]),
        ("\0—", []),
    ],
)
def test_a_query_is_read_word_by_word(query: str, words: list[Word]) -> None:
    assert read(query) == words


def test_a_long_query_is_cut() -> None:
    assert len(read("слово " * 500)) == finding.MAX_WORDS


def test_an_email_is_the_whole_query() -> None:
    assert finding.as_email(" Aigul@Example.com ") == "aigul@example.com"
    assert finding.as_email("aigul@") == finding.as_email("a@b.kz c") == ""


# --- In the database ------------------------------------------------------------------


@pytest.fixture
def people() -> dict[str, User]:
    return {
        "aigul": make_user(
            email="aigul_1@example.com", full_name="Айгүл Серікова", phone=FULL
        ),
        "semen": make_user(
            email="semen@example.com", full_name="Семён Ли", phone="+77779876543"
        ),
        "odd": make_user(
            email="x%y@example.com", full_name="O'Neil <b>", phone="+4930123456"
        ),
    }


def found(query: str) -> list[str]:
    newest = User.objects.order_by("-created_at")
    rows = newest.filter(finding.asked(query, newest))
    return sorted(user.email.split("@")[0] for user in rows)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("айгүл", ["aigul_1"]),
        ("АЙГҮЛ серік", ["aigul_1"]),
        ("рікова", ["aigul_1"]),
        ("айгүл семён", []),
        ("семен", ["semen"]),
        ("СЕМЁН", ["semen"]),
        ("ли", ["semen"]),
        ("ик", []),
        ("aigul_", ["aigul_1"]),
        ("l_1@EXAMPLE", ["aigul_1"]),
        ("8 701 123-45-67", ["aigul_1"]),
        ("+7 (701)", ["aigul_1"]),
        ("8701", ["aigul_1"]),
        ("45-67", ["aigul_1"]),
        ("+49 30", ["x%y"]),
        ("x%y", ["x%y"]),
        ("o'neil <b>", ["x%y"]),
        ("__l_", []),
        ("%%%", []),
        ("@", []),
        ("nobody", []),
        ("", ["aigul_1", "semen", "x%y"]),
        ("   ", ["aigul_1", "semen", "x%y"]),
    ],
)  # fmt: skip
def test_people_are_found_by_any_part(
    people: dict[str, User], query: str, names: list[str]
) -> None:
    assert found(query) == names


@pytest.mark.django_db
def test_an_id_finds_its_row(people: dict[str, User]) -> None:
    assert found(str(people["semen"].pk)) == ["semen"]
    assert found(people["semen"].pk.hex) == ["semen"]
    assert found(str(uuid4())) == []


@pytest.mark.django_db
def test_the_database_writes_the_text_as_python_does(people: dict[str, User]) -> None:
    shown = User.objects.annotate(text=PersonText()).values_list(
        "text", "email", "full_name", "phone"
    )
    assert [row[0] for row in shown] == [person_text(*row[1:]) for row in shown]


@pytest.mark.django_db
def test_orders_have_numbers_and_users_have_none() -> None:
    orders = [make_order(make_user()) for _ in range(2)]
    Order.objects.filter(pk=orders[0].pk).update(phone="+77010004567")
    number = orders[1].number

    def numbers(query: str) -> list[int]:
        rows = Order.objects.matching(query).order_by("number")
        return list(rows.values_list("number", flat=True))

    assert numbers(f"№{number}") == numbers(f"# {number}") == [number]
    assert number in numbers(str(number))
    assert orders[0].number in numbers("4567")
    assert numbers(f"№{number} nobody") == []
    assert found("№ 1") == []


@pytest.mark.django_db
def test_short_words_alone_are_looked_for_among_the_newest(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    for days, name in enumerate(["odd", "aigul", "semen"]):
        User.objects.filter(pk=people[name].pk).update(
            created_at=F("created_at") - timedelta(days=days)
        )
    assert found("ли") == ["semen"]
    monkeypatch.setattr(finding, "NEWEST", 1)
    assert found("ли") == []
    assert found("ли семён") == ["semen"]


@pytest.mark.postgres
@pytest.mark.django_db
def test_the_indexes_are_written_as_the_query_asks() -> None:
    """Another expression, in a migration or here, and PostgreSQL has no index."""
    query = User.objects.all().query
    text = PersonText().resolve_expression(query)
    sql, _params = query.get_compiler("default").compile(text)
    sql = sql.replace('"accounts_user".', "").replace('"', "")
    for app in ("accounts", "orders"):
        path = ROOT / app / "migrations" / "0005_lists_of_any_length.py"
        assert "".join(sql.split()) in "".join(path.read_text("utf-8").split())
