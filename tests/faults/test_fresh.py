"""What is kept of pages and answers is never older than the shop.

Every face of a shop of several processes is asked right after each change, over new
connections, so that each process answers: with Redis, without it, after it was frozen,
and in shops that have none.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from redis import Redis

from tests.faults.conftest import Shops
from tests.faults.database import Database, own_name
from tests.faults.processes import Process, wait_until
from tests.faults.shop import CONFIG, environment, manage
from tests.services.launcher import free_port

EMAIL, PASSWORD = "owner@example.com", "a-phrase-that-nobody-guesses-7"
# New connections for each question: each of two processes answers one of them, but
# for once in sixteen.
ASKED = 5
LANGUAGES = ("ru", "kk")
Answer = tuple[int, str]


class Faces:
    """All places where one product shows, as a visitor without cookies reads them."""

    def __init__(self, url: str, manage: Callable[..., Any]) -> None:
        self.url = url
        manage("createsuperuser", "--noinput", "--email", EMAIL)
        body = {"email": EMAIL, "password": PASSWORD}
        token = httpx.post(f"{url}/auth/login", json=body, timeout=30).json()
        self._staff = {"Authorization": f"Bearer {token['access_token']}"}
        self.category = self._made("categories", name="Кухня", name_kk="Ас үй")
        self.product = self._made(
            "products",
            sku="FRESH-1",
            name="Самовар медный",
            name_kk="Мыс самаурын",
            price="7100.00",
            stock=60,
            category_ids=[self.category["id"]],
        )

    def change(self, **changes: Any) -> None:
        self._patch(f"products/{self.product['id']}", changes)

    def change_category(self, **changes: Any) -> None:
        self._patch(f"categories/{self.category['id']}", changes)

    def read(self, language: str) -> dict[str, Answer]:
        """Each face's status and text, over a connection of its own."""
        slug, shelf = self.product["slug"], self.category["slug"]
        paths = {
            "page": f"/product/{slug}/",
            "list": "/catalog/",
            "front": "/",
            "category": f"/category/{shelf}/",
            "search": f"/?q={quote('FRESH-1')}",
            "API": f"/api/products/{self.product['id']}",
            "API list": "/api/products",
            "API search": "/api/products?q=FRESH-1",
            "facets": "/api/products/facets",
            "facets of the category": f"/api/products/facets?category={shelf}",
            "map": "/sitemap-products.xml",
        }
        with httpx.Client(base_url=self.url, timeout=30) as client:
            answers = {
                name: client.get(path, headers={"Accept-Language": language})
                for name, path in paths.items()
            }
        assert max(answer.status_code for answer in answers.values()) < 500
        return {name: (a.status_code, a.text) for name, a in answers.items()}

    def everywhere(self, wanted: Callable[[dict[str, Answer], str], object]) -> None:
        """Each process says so, in each language."""
        for _ in range(ASKED):
            for language in LANGUAGES:
                wanted(self.read(language), language)

    def _made(self, kind: str, **fields: Any) -> dict[str, Any]:
        answer = httpx.post(
            f"{self.url}/api/{kind}", json=fields, headers=self._staff, timeout=30
        )
        assert answer.status_code == 201, answer.text
        return answer.json()

    def _patch(self, path: str, changes: dict[str, Any]) -> None:
        answer = httpx.patch(
            f"{self.url}/api/{path}", json=changes, headers=self._staff, timeout=60
        )
        assert answer.status_code == 200, answer.text


SHOWN = ("page", "list", "front", "category", "search", "API", "API list", "API search")


def has(text: str, *faces: str) -> Callable[[dict[str, Answer], str], None]:
    def check(answers: dict[str, Answer], language: str) -> None:
        without = [name for name in faces or SHOWN if text not in answers[name][1]]
        assert not without, f"{text} in {language} is missing from {without}"

    return check


def has_not(text: str, *faces: str) -> Callable[[dict[str, Answer], str], None]:
    def check(answers: dict[str, Answer], language: str) -> None:
        found = [name for name in faces or answers if text in answers[name][1]]
        assert not found, f"{text} in {language} is still in {found}"

    return check


def named(
    names: dict[str, str], *faces: str
) -> Callable[[dict[str, Answer], str], None]:
    return lambda answers, language: has(names[language], *faces)(answers, language)


def counted(products: int) -> Callable[[dict[str, Answer], str], None]:
    """So many products stand in the category, as the facets say."""

    def check(answers: dict[str, Answer], language: str) -> None:
        status, text = answers["facets of the category"]
        assert status == 200
        assert f'"count":{products},' in text

    return check


def gone(answers: dict[str, Answer], language: str) -> None:
    """For shoppers the product is not there."""
    assert [answers[name][0] for name in ("page", "API")] == [404, 404]
    lists = answers.keys() - {"page", "API"}
    found = [name for name in lists if "samovar" in answers[name][1]]
    assert not found, f"it is still in {found}"


def change_everything(faces: Faces) -> None:
    """Each kind of change is seen by whoever asks next; all faces are warm before."""
    faces.everywhere(has("7.100,00"))
    faces.everywhere(named({"ru": "Самовар медный", "kk": "Мыс самаурын"}))
    faces.everywhere(counted(1))
    faces.change(price="8200.00")
    faces.everywhere(has("8.200,00"))
    faces.everywhere(has_not("7.100,00"))
    faces.everywhere(has('"max":"8200.00"', "facets", "facets of the category"))
    faces.change(stock=0)
    faces.everywhere(has('"stock":0', "API", "API list", "API search"))
    faces.everywhere(has("stock-out", "page", "list", "category", "search"))
    faces.change(name_kk="Жез самаурын", name="Самовар латунный")
    faces.everywhere(named({"ru": "Самовар латунный", "kk": "Жез самаурын"}))
    faces.change_category(name_kk="Асхана", name_ru="Всё для кухни")
    shelf = {"ru": "Всё для кухни", "kk": "Асхана"}
    faces.everywhere(named(shelf, "category", "page", "API", "facets"))
    faces.change(category_ids=[])
    faces.everywhere(counted(0))
    faces.everywhere(has_not("samovar", "category"))
    faces.change(category_ids=[faces.category["id"]])
    faces.everywhere(counted(1))
    faces.change_category(is_active=False)
    faces.everywhere(gone)
    faces.change_category(is_active=True)
    faces.everywhere(has("samovar", "list", "category", "API", "map"))
    faces.change(is_active=False)
    faces.everywhere(gone)


@pytest.fixture(autouse=True)
def owner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)


@pytest.mark.postgres
@pytest.mark.redis
def test_two_processes_show_each_change_at_once(open_shop: Shops) -> None:
    shop = open_shop(workers=2)
    change_everything(Faces(shop.url, shop.manage))


@pytest.mark.postgres
@pytest.mark.redis
def test_what_changes_while_redis_is_gone_is_shown(open_shop: Shops) -> None:
    shop = open_shop(workers=2)
    faces = Faces(shop.url, shop.manage)
    faces.everywhere(has("7.100,00"))
    shop.redis.kill()
    faces.change(price="8200.00")
    faces.everywhere(has("8.200,00"))
    faces.change(price="9300.00")
    faces.everywhere(has("9.300,00"))
    shop.redis.revive()
    faces.everywhere(has("9.300,00"))
    faces.change(price="9400.00")
    faces.everywhere(has("9.400,00"))


@pytest.mark.postgres
@pytest.mark.redis
def test_what_a_frozen_redis_kept_is_not_believed(open_shop: Shops) -> None:
    """It comes back with all that it held, and has not heard of the change."""
    shop = open_shop(workers=2)
    faces = Faces(shop.url, shop.manage)
    faces.everywhere(has("7.100,00"))
    with Redis.from_url(shop.redis.url) as client:
        pid = int(client.info("server")["process_id"])
    with frozen(pid):
        # Both processes have noticed: each tells only of what it has asked itself.
        wait_until(lambda: silent(shop.url), "no process trusts Redis")
        faces.change(price="8200.00")
        faces.everywhere(has("8.200,00"))
    faces.everywhere(has("8.200,00"))
    faces.everywhere(has_not("7.100,00"))


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def silent(url: str) -> bool:
    """Twelve connections in a row, and none of them leads to who believes in Redis."""
    answers = [httpx.get(f"{url}/health", timeout=30).json() for _ in range(12)]
    return not any(answer["redis"] for answer in answers)


@contextmanager
def processes(known: dict[str, str]) -> Iterator[str]:
    port = free_port()
    command = [
        *(sys.executable, "-m", "gunicorn", "shop.wsgi"),
        *("--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"),
        *("--workers", "2", "--threads", "4", "--config", str(CONFIG)),
        *("--no-control-socket", "--log-level", "warning"),
    ]
    web = Process(command, known)
    workers = Path(known["FAULTS_DIRECTORY"], "workers")
    try:
        web.wait_for(lambda: len([*workers.iterdir()]) == 2, "both serve")
        yield f"http://127.0.0.1:{port}"
    finally:
        web.stop()


@pytest.mark.parametrize(
    "vendor", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
def test_processes_that_share_no_cache_show_each_change(
    vendor: str, tmp_path: Any, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path}/shop.sqlite3"
    if vendor == "postgresql":
        url = request.getfixturevalue("own_database").url
    (tmp_path / "workers").mkdir()
    known = environment(DATABASE_URL=url, FAULTS_DIRECTORY=str(tmp_path))
    assert manage(known, "migrate", "-v", "0").returncode == 0
    with processes(known) as address:
        change_everything(Faces(address, lambda *a: manage(known, *a)))


@pytest.fixture
def own_database(template: Any) -> Iterator[Any]:
    database = Database(own_name("fresh"))
    database.create(template.name)
    try:
        yield database
    finally:
        database.drop()
