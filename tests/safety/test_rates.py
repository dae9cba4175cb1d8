"""Forms that may be abused are limited, by whoever sends them and from where."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.test import Client, RequestFactory

from accounts.models import User
from catalog.models import StockEntry
from events.models import OutboxMessage
from orders.models import Order
from shop import throttling
from shop.http import client_address, counted_address
from tests.api import client_of
from tests.factories import make_product, make_user
from tests.pages import html

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
EN = {"accept-language": "en"}


@pytest.fixture(autouse=True)
def _two_an_hour(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """At half past: no window ends while a test runs."""
    settings.FORM_RATE, settings.SEARCH_RATE = "2/hour", "2/hour"
    monkeypatch.setattr(throttling.time, "time", lambda: 1_800_001_800.0)


def register(n: int, address: str = "192.0.2.1", email: str = "") -> Any:
    data = {
        "email": email or f"new{n}@example.com",
        "password": "correct horse battery",
    }
    return Client(headers=EN).post("/register/", data, REMOTE_ADDR=address)


def order(client: Client, email: str = "", address: str = "192.0.2.1") -> Any:
    product = make_product()
    data = {
        "items": f"{product.sku}:1",
        "email": email,
        "delivery_method": "pickup",
        "payment_method": "cash",
        "consent": "on",
        "goods_total": str(product.price),
    }
    return client.post("/order/", data, REMOTE_ADDR=address)


def test_accounts_from_one_address() -> None:
    assert [register(n).status_code for n in range(2)] == [302, 302]

    refused = register(3)

    assert (refused.status_code, refused["Retry-After"]) == (429, "1800")
    assert "no-store" in refused["Cache-Control"]
    assert "You can try again in 30 minutes." in html(refused)
    assert User.objects.count() == 2
    assert register(4, "192.0.2.2").status_code == 302


def test_looking_at_a_form_is_not_sending_it() -> None:
    for _ in range(5):
        assert Client().get("/register/", REMOTE_ADDR="192.0.2.1").status_code == 200
    assert register(1).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_nobody_lifts_a_limit_by_looking_at_pages() -> None:
    """Without Redis what is kept of four hundred of them has no room in a process."""
    assert [register(n).status_code for n in range(3)] == [302, 302, 429]
    client = Client()
    for n in range(400):
        assert client.get(f"/api/products?min_price={n}").status_code == 200
    assert register(4).status_code == 429


def test_a_household_is_one_address() -> None:
    for n in range(2):
        register(n, f"2001:db8::{n}")

    assert register(3, "2001:db8::ffff").status_code == 429
    assert register(4, "2001:db8:0:1::1").status_code == 302


def test_nobody_s_mailbox_is_filled_by_orders_of_guests() -> None:
    """From as many addresses as one likes."""
    answers = [
        order(
            Client(),
            "Victim@example.com" if n % 2 else "victim@example.com",
            f"192.0.2.{n}",
        )
        for n in range(3)
    ]

    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert Order.objects.count() == 2 and len(mail.outbox) <= 2


def order_by_api(
    path: str, email: str = "", address: str = "192.0.2.1", **headers: str
) -> Any:
    product = make_product(stock=5)
    client = client_of(REMOTE_ADDR=address)
    if path.endswith("checkout"):
        item = {"product_id": str(product.pk)}
        assert client.post("/api/cart/add", item, format="json").status_code == 200
        data: dict[str, Any] = {"email": email}
    else:
        items = [{"sku": product.sku, "quantity": 1}]
        data = {"items": items, "customer_email": email}
    return client.post(path, data, format="json", headers={**EN, **headers})


API = ["/api/order/checkout", "/api/orders", "/api/v1/order"]


@pytest.mark.parametrize("path", API)
def test_nor_by_orders_through_the_api(path: str) -> None:
    for n in range(2):
        answer = order_by_api(path, "Victim@example.com", f"192.0.2.{n}")
        assert answer.status_code == 201

    refused = order_by_api(path, "victim@EXAMPLE.com", "192.0.2.9")

    assert (refused.status_code, refused["Retry-After"]) == (429, "1800")
    assert refused.json() == {
        "detail": "Request was throttled. Expected available in 1800 seconds.",
        "code": "throttled",
    }
    assert Order.objects.count() == 2
    assert StockEntry.objects.exclude(order_id=None).count() == 2
    assert OutboxMessage.objects.filter(event_type="order_created").count() == 2
    assert order_by_api(path, "other@example.com").status_code == 201


def test_pages_and_api_share_the_count_of_a_mailbox() -> None:
    order(Client(), "victim@example.com", "192.0.2.1")
    order_by_api("/api/orders", "victim@example.com", "192.0.2.2")

    by_page = order(Client(), "victim@example.com", "192.0.2.3")
    by_api = order_by_api("/api/order/checkout", "victim@example.com", "192.0.2.4")

    assert (by_page.status_code, by_api.status_code) == (429, 429)
    assert Order.objects.count() == 2


def test_what_the_api_refuses_anyway_is_no_letter() -> None:
    for _ in range(3):
        answer = order_by_api("/api/orders", "no address")
        assert answer.status_code == 400
        answer = order_by_api(
            "/api/orders", "victim@example.com", **{"idempotency-key": "x" * 201}
        )
        assert answer.status_code == 400

    assert order_by_api("/api/orders", "victim@example.com").status_code == 201


def test_a_customer_of_the_api_has_the_api_s_own_limit() -> None:
    """As many programs as sell for somebody: who answers for it has an account."""
    user = make_user(email="shop@example.com")
    product = make_product(stock=5)
    data = {"items": [{"sku": product.sku, "quantity": 1}]}
    api = client_of(user)

    codes = [api.post("/api/orders", data, format="json").status_code for _ in range(3)]

    assert codes == [201] * 3


def test_a_customer_is_counted_by_the_account_wherever_they_are() -> None:
    users = [make_user(), make_user()]
    clients = []
    for user in users:
        client = Client()
        client.force_login(user)
        clients.append(client)

    first = [
        order(clients[0], users[0].email, f"192.0.2.{n}").status_code for n in range(3)
    ]
    others = [order(clients[1], users[1].email).status_code for _ in range(2)]

    assert (first, others) == ([302, 302, 429], [302, 302])


def test_staff_write_down_orders_all_day() -> None:
    clerk = make_user(is_staff=True)
    client = Client()
    client.force_login(clerk)
    assert [order(client, clerk.email).status_code for _ in range(4)] == [302] * 4


def test_new_sums_are_not_counted() -> None:
    for _ in range(5):
        answer = Client().post("/order/", {"items": "x:1", "refresh": "1"})
        assert answer.status_code == 200


def test_both_pages_of_a_purchase_share_a_count() -> None:
    client = Client()
    order(client, "a@example.com")
    order(client, "b@example.com")

    answer = client.post(
        "/checkout/", {"email": "c@example.com"}, REMOTE_ADDR="192.0.2.1"
    )

    assert answer.status_code == 429


def test_guesses_at_one_s_own_password_for_the_file() -> None:
    client = Client()
    client.force_login(make_user())
    answers = [client.post("/account/data/download/").status_code for _ in range(3)]
    assert answers == [200, 200, 429]


def test_searching(client: Client) -> None:
    pages = ["/?q=tea", "/catalog/?q=tea", "/search/suggest/?q=tea"]
    assert [client.get(page).status_code for page in pages] == [200, 200, 429]
    # Looking around is free.
    assert client.get("/").status_code == 200


def test_empty_is_off(settings: Any) -> None:
    settings.FORM_RATE = ""
    assert {register(n).status_code for n in range(5)} == {302}


LIMITS = """
import environ
environ.Env.read_env = classmethod(lambda *args, **kwargs: None)
from shop import settings as s
print(s.NEW_CART_RATE, s.LOGIN_FAILURE_LIMIT_ADDRESS, s.LOGIN_FAILURE_LIMIT_ACCOUNT)
"""


@pytest.mark.parametrize(
    ("given", "limits"),
    [
        ({}, "1800/hour 300 50"),
        ({"API_RATE_ANON": "", "LOGIN_FAILURE_LIMIT": ""}, " 0 0"),
        (
            {
                "API_RATE_ANON": "",
                "LOGIN_FAILURE_LIMIT": "",
                "NEW_CART_RATE": "7/day",
                "LOGIN_FAILURE_LIMIT_ADDRESS": "8",
                "LOGIN_FAILURE_LIMIT_ACCOUNT": "9",
            },
            "7/day 8 9",
        ),
    ],
)
def test_limits_end_with_those_they_go_with(given: dict[str, str], limits: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", LIMITS],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "SECRET_KEY": "x" * 50, **given},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == f"{limits}\n"


# --- From where -----------------------------------------------------------------------


def asked(forwarded: str | None, address: str = "10.0.0.1") -> Any:
    more = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return RequestFactory().get("/", REMOTE_ADDR=address, **more)


@pytest.mark.parametrize(
    ("trust", "proxies", "forwarded", "address"),
    [
        # Nobody stands before the shop: what a visitor writes is nothing.
        (False, 1, "203.0.113.9", "10.0.0.1"),
        (False, 1, None, "10.0.0.1"),
        # One proxy: it has appended the last entry, the visitor wrote the others.
        (True, 1, "203.0.113.9", "203.0.113.9"),
        (True, 1, "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        (True, 1, "1.1.1.1,,203.0.113.9", "203.0.113.9"),
        (True, 1, None, "10.0.0.1"),
        (True, 1, "", "10.0.0.1"),
        # A balancer and an ingress: the last but one.
        (True, 2, "203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (True, 2, "1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        # Past the balancer.
        (True, 2, "203.0.113.9", "203.0.113.9"),
    ],
)
def test_whose_address_counts(
    settings: Any, trust: bool, proxies: int, forwarded: str | None, address: str
) -> None:
    settings.TRUST_PROXY, settings.TRUSTED_PROXIES = trust, proxies
    assert client_address(asked(forwarded)) == address


def test_a_visitor_gets_no_new_count_by_a_header(settings: Any) -> None:
    """Neither with a proxy nor without one."""
    for trust in (False, True):
        settings.TRUST_PROXY, last = trust, f"192.0.2.{int(trust)}"
        answers = []
        for n in range(3):
            chain = f"198.51.100.{n}, {last}" if trust else f"198.51.100.{n}"
            answers.append(
                Client(headers={"x-forwarded-for": chain})
                .post(
                    "/register/",
                    {
                        "email": f"{trust}{n}@example.com",
                        "password": "correct horse battery",
                    },
                    REMOTE_ADDR="10.0.0.1",
                )
                .status_code
            )
        assert answers == [302, 302, 429]


def test_what_is_no_address_is_one_address(settings: Any) -> None:
    settings.TRUST_PROXY = True
    for nonsense in ("unknown", "'; DROP", "x" * 5000):
        assert counted_address(asked(nonsense)) == "0.0.0.0"  # noqa: S104
    assert counted_address(asked("::ffff:203.0.113.9")) == "203.0.113.9"
    # Some proxies append the port.
    assert counted_address(asked("203.0.113.9:51234")) == "203.0.113.9"
    assert counted_address(asked("[2001:db8::1]:443")) == "2001:db8::"


def test_neither_the_host_nor_links_come_from_a_proxy_s_header(settings: Any) -> None:
    settings.TRUST_PROXY = True
    request = RequestFactory().get("/", HTTP_X_FORWARDED_HOST="evil.example")
    assert request.build_absolute_uri() == "http://testserver/"
