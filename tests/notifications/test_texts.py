"""What each letter says, in each language."""

import re
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from catalog.models import Product, StockEntry
from catalog.services import adjust_stock
from notifications.composing import compose
from orders import services as orders
from orders.models import DeliveryMethod, Order
from payments.services import refund_order
from tests.backoffice import staff_with
from tests.factories import make_order, make_product, make_user
from tests.notifications.helpers import html_of, make_letter, of, order_of, sent

pytestmark = pytest.mark.django_db
NBSP = "\N{NO-BREAK SPACE}"
TOTAL = f"24.800,00{NBSP}₸"


def only(letters: list[EmailMultiAlternatives]) -> EmailMultiAlternatives:
    [letter] = letters
    return letter


def says(letter: EmailMultiAlternatives, *texts: str) -> None:
    """The text and the HTML both do."""
    for text in texts:
        assert text in letter.body
        assert text in html_of(letter)


def link_of(letter: EmailMultiAlternatives) -> str:
    """The one address of an order, the same in the text and the HTML."""
    links = set(re.findall(r"http://testserver(/orders/\S+)", letter.body))
    assert links == set(
        re.findall(r'href="http://testserver(/orders/[^"]+)"', html_of(letter))
    )
    [link] = links
    return link


def opens(link: str) -> bool:
    """Whether it lets a stranger in."""
    return Client().get(link).status_code == 200


def move(product: Product, delta: int) -> None:
    adjust_stock(product, delta, StockEntry.Reason.CORRECTION)


# --- To the customer --------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "subject", "total", "delivery", "button"),
    [
        ("ru", "Заказ №{} принят", "Итого", "Самовывоз", "Открыть заказ"),
        ("kk", "№{} тапсырыс қабылданды", "Барлығы", "Өзі алып кету", "Тапсырысты ашу"),
        ("en", "Order {} is placed", "In total", "Pickup", "Open the order"),
    ],
)
def test_order_placed(
    language: str, subject: str, total: str, delivery: str, button: str
) -> None:
    order = order_of(language, full_name="Алия Серикова", phone="+77011234567")

    letter = only(sent())

    assert of([letter]) == [("aliya@example.com", subject.format(order.number))]
    assert letter.from_email == "shop@localhost"
    assert f"{total}: {TOTAL}" in letter.body
    assert f"12.400,00{NBSP}₸ × 2 = {TOTAL}" in letter.body
    says(letter, "Чайник", TOTAL, "Алия Серикова", "+7 701 123 4567", delivery, button)
    assert f'lang="{language}"' in html_of(letter)
    assert opens(link_of(letter))
    # Part of the purchase: nothing to refuse.
    assert set(letter.extra_headers) == {"Message-ID", "Auto-Submitted"}
    assert "unsubscribe" not in letter.body + html_of(letter)


@pytest.mark.parametrize(
    ("language", "paid", "shipped", "received"),
    [
        ("ru", "Заказ №{} оплачен", "Заказ №{} отправлен", "Мы получили вашу оплату"),
        ("kk", "№{} тапсырыс төленді", "№{} тапсырыс жөнелтілді", "Төлеміңізді алдық"),
        (
            "en",
            "Order {} is paid",
            "Order {} is shipped",
            "We have received your payment",
        ),
    ],
)
def test_order_paid_and_shipped(
    language: str, paid: str, shipped: str, received: str
) -> None:
    order = order_of(language, payment_method="transfer")
    sent()

    orders.set_status(order.pk, "paid")
    letter = only(sent())
    assert of([letter]) == [("aliya@example.com", paid.format(order.number))]
    says(letter, received, TOTAL)
    assert opens(link_of(letter))

    orders.set_status(order.pk, "processing")
    assert sent() == []
    orders.set_status(order.pk, "shipped")
    letter = only(sent())
    assert of([letter]) == [("aliya@example.com", shipped.format(order.number))]
    says(letter, order.delivery_name, "Чайник")
    assert opens(link_of(letter))

    orders.set_status(order.pk, "completed")
    assert sent() == []


@pytest.mark.parametrize(
    ("language", "subject", "nothing", "back"),
    [
        ("ru", "Заказ №{} отменён", "Платить не нужно.", "Возвращаем вам"),
        (
            "kk",
            "№{} тапсырыстан бас тартылды",
            "Төлеу қажет емес.",
            "қайтарып жатырмыз",
        ),
        ("en", "Order {} is canceled", "Nothing is to be paid.", "is being given back"),
    ],
)
@pytest.mark.parametrize("was_paid", [True, False])
def test_order_canceled(
    language: str, subject: str, nothing: str, back: str, was_paid: bool
) -> None:
    order = order_of(language, payment_method="transfer")
    if was_paid:
        orders.set_status(order.pk, "paid")
    sent()

    orders.cancel_order(order.pk)

    letter = only(sent())
    assert of([letter]) == [("aliya@example.com", subject.format(order.number))]
    says(letter, TOTAL, back if was_paid else nothing)
    assert opens(link_of(letter))


@pytest.mark.parametrize(
    ("language", "subject", "given"),
    [
        ("ru", "Заказ №{}: возврат денег", f"Мы вернули вам {TOTAL}."),
        ("kk", "№{} тапсырыс: ақша қайтару", f"Сізге {TOTAL} қайтарылды."),
        ("en", "Order {}: money back", f"{TOTAL} was given back to you."),
    ],
)
def test_order_refunded(
    language: str,
    subject: str,
    given: str,
    django_capture_on_commit_callbacks: Any,
) -> None:
    order = order_of(language, payment_method="transfer")
    orders.set_status(order.pk, "paid")
    sent()
    [item] = order.items.all()

    # A part is no event of the contract, and no letter.
    with django_capture_on_commit_callbacks(execute=True):
        refund_order(order.pk, {item.product_id: 1}, stock="none")
    assert sent() == []
    with django_capture_on_commit_callbacks(execute=True):
        refund_order(order.pk, stock="none")

    letter = only(sent())
    assert of([letter]) == [("aliya@example.com", subject.format(order.number))]
    says(letter, given)
    assert opens(link_of(letter))


# --- How to pay -------------------------------------------------------------------


def test_a_transfer_says_where_to(settings: Any) -> None:
    settings.SHOP_SELLER_NAME = "ИП Серикова"
    settings.SHOP_BANK_DETAILS = "Halyk Bank\nKZ12 3456"
    order = order_of("ru", payment_method="transfer")

    letter = only(sent())

    says(letter, f"Переведите, пожалуйста, {TOTAL}.", "Получатель: ИП Серикова")
    says(letter, "банковский перевод")
    assert "Halyk Bank\nKZ12 3456" in letter.body
    assert "Halyk Bank<br>KZ12 3456" in html_of(letter)
    assert f"Укажите в переводе номер заказа: {order.number}." in letter.body
    assert f"номер заказа: <strong>{order.number}</strong>." in html_of(letter)


def test_without_details_the_shop_is_asked_for_them() -> None:
    order_of("en", payment_method="transfer")

    says(only(sent()), "Ask the shop for its bank details.")


def test_cash_is_paid_at_the_door() -> None:
    order_of("en", payment_method="cash")

    says(only(sent()), "You pay when you get the goods.", "cash on delivery")


def test_an_online_order_says_until_when(settings: Any) -> None:
    settings.PAYMENT_EMULATOR = True
    order_of("en", payment_method="emulator")

    letter = only(sent())

    says(letter, "Pay for the order", "The order is not paid yet.")
    says(letter, "We keep the goods for you until")
    page = Client(headers={"accept-language": "en"}).get(link_of(letter))
    assert f"Pay {TOTAL}" in page.text


def test_what_was_paid_before_the_letter_left_is_not_asked_for() -> None:
    """The text is made of what is true when it is sent."""
    order = order_of("en", payment_method="transfer")
    orders.set_status(order.pk, "paid")

    placed, paid = sent()

    assert str(placed.subject) == f"Order {order.number} is placed"
    assert str(paid.subject) == f"Order {order.number} is paid"
    says(placed, "The order is paid.")
    assert "transfer" not in placed.body.replace("bank transfer", "")


def test_an_order_that_ran_out_of_time_says_so(settings: Any) -> None:
    settings.PAYMENT_EMULATOR = True
    order = order_of("en", payment_method="emulator")
    sent()

    orders.cancel_order(order.pk, reason="expired")

    says(only(sent()), "The payment did not come in time, so the order was canceled.")


def test_goods_that_come_back_unpaid_bring_no_money() -> None:
    order = order_of("en")
    for status in ("processing", "shipped"):
        orders.set_status(order.pk, status)
    sent()

    refund_order(order.pk, stock="put_back")

    letter = only(sent())
    assert str(letter.subject) == f"Order {order.number}: money back"
    says(letter, "Nothing is to be paid.")


def test_delivery_says_where_to_and_what_it_costs() -> None:
    DeliveryMethod.objects.filter(code="courier").update(free_from=None)
    order_of("en", delivery_method="courier", address="Абая 10\n<b>кв. 5</b>")

    letter = only(sent())

    assert "Абая 10 <b>кв. 5</b>\n" in letter.body
    assert "&lt;b&gt;кв. 5&lt;/b&gt;" in html_of(letter)
    says(letter, f"1.500,00{NBSP}₸", f"26.300,00{NBSP}₸")


def test_a_hidden_order_is_told_of_without_a_link() -> None:
    order = order_of("en")
    sent()

    orders.hide_order(order.pk)

    letter = only(sent())
    assert str(letter.subject) == f"Order {order.number} is canceled"
    assert "/orders/" not in letter.body + html_of(letter)


# --- Welcome, and to staff --------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "subject", "text"),
    [
        ("ru", "Добро пожаловать в Duken", "Для входа укажите new@example.com."),
        ("kk", "Duken дүкеніне қош келдіңіз", "Кіру үшін new@example.com жазыңыз."),
        ("en", "Welcome to Duken", "You sign in with new@example.com."),
    ],
)
def test_welcome(client: Client, language: str, subject: str, text: str) -> None:
    data = {"email": "New@example.com", "password": "correct horse battery"}
    # Whoever registers a stranger's address writes nothing of their own to it.
    data["full_name"] = "You have won! http://evil.example"
    client.post("/register/", data, headers={"Accept-Language": language})

    letter = only(sent())

    assert of([letter]) == [("new@example.com", subject)]
    says(letter, text)
    assert "won" not in letter.body + html_of(letter)
    assert f'lang="{language}"' in html_of(letter)


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("ru", f"Новый заказ №{{}} на {TOTAL}"),
        ("kk", f"Жаңа тапсырыс №{{}}, сомасы {TOTAL}"),
        ("en", f"New order {{}} for {TOTAL}"),
    ],
)
def test_staff_are_told_of_a_new_order(language: str, subject: str) -> None:
    staff = staff_with("orders.view_order")
    User.objects.filter(pk=staff.pk).update(language=language)
    order = order_of("en", comment="Ring twice.\n<i>Please</i>")

    [_, letter] = sent()

    assert of([letter]) == [(staff.email, subject.format(order.number))]
    says(letter, "Чайник", TOTAL, "aliya@example.com", "Ring twice.")
    assert "\n<i>Please</i>\n" in letter.body
    assert "Ring twice.<br>&lt;i&gt;Please&lt;/i&gt;" in html_of(letter)
    page = f"/admin/orders/order/{order.pk}/change/"
    says(letter, f"http://testserver{page}")
    client = Client()
    client.force_login(staff)
    assert client.get(page).status_code == 200


@pytest.mark.parametrize(
    ("language", "one", "two", "left"),
    [
        ("ru", "Заканчивается: Чай", "Заканчиваются 2 товара", "В наличии: 2"),
        ("kk", "Таусылып барады: Шай", "2 тауар таусылып барады", "Қоймада бар: 2"),
        ("en", "Running low: Tea", "Running low: 2 products", "In stock: 2"),
    ],
)
def test_staff_are_told_of_low_stock(
    language: str, one: str, two: str, left: str
) -> None:
    staff = staff_with("catalog.view_product")
    User.objects.filter(pk=staff.pk).update(language=language)
    names = {"name_ru": "Чай", "name_kk": "Шай", "name_en": "Tea"}
    tea = make_product(sku="TEA", stock=10, **names)
    pot = make_product(sku="POT", stock=10)

    move(tea, -8)
    letter = only(sent())
    assert of([letter]) == [(staff.email, one)]
    says(letter, "TEA", f"http://testserver/admin/catalog/product/{tea.pk}/change/")
    assert left in letter.body

    move(tea, 8)
    move(tea, -9)
    move(pot, -10)
    letter = only(sent())
    assert of([letter]) == [(staff.email, two)]
    says(letter, "TEA", "POT")


# --- Names that attack, and what it costs -----------------------------------------

HOSTILE = '<script>alert(1)</script> & "Sons"\r\nBcc: all@example.com'


def test_hostile_names_do_no_harm(settings: Any) -> None:
    settings.SHOP_NAME = "Tom & <Jerry>"
    staff_with("orders.view_order")
    staff_with("catalog.view_product")
    pot = make_product(name="x", stock=5)
    type(pot).objects.update(name=HOSTILE, name_en=HOSTILE, name_ru=HOSTILE)
    pot.refresh_from_db()
    user = make_user(language="en")
    make_order(user, (pot, 3), full_name=HOSTILE[:150], comment=HOSTILE)
    Order.objects.update(language="en")
    User.objects.update(language="en")

    letters = sent()

    assert len(letters) == 3
    for letter in letters:
        html, raw = html_of(letter), letter.message()
        assert "<script" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;Sons&quot;" in html
        assert '<script>alert(1)</script> & "Sons"' in letter.body
        assert "Tom & <Jerry>" in letter.body and "Tom &amp; &lt;Jerry&gt;" in html
        assert raw["Bcc"] is None and len(raw.get_all("To")) == 1
    [low] = [letter for letter in letters if "Running low" in letter.subject]
    name = '<script>alert(1)</script> & "Sons" Bcc: all@example.com'
    assert str(low.subject) == f"Running low: {name}"
    # A name is a line of a list; nobody's name begins a paragraph of its own.
    [placed] = [letter for letter in letters if letter.to == [user.email]]
    assert "\nBcc:" not in placed.body


def test_the_number_of_queries_does_not_depend_on_the_lines() -> None:
    counts = []
    for pieces in (1, 12):
        order = make_order(None, *((make_product(), 1) for _ in range(pieces)))
        facts = {"order_id": str(order.pk)}
        letter = make_letter(kind="order_placed", recipient="a@b.kz", facts=facts)
        with CaptureQueriesContext(connection) as captured:
            assert compose(letter).body.count("\n- ") == pieces
        counts.append(len(captured))

    # The order, its lines, payments, refunds and history.
    assert counts == [5, 5]
