"""Many who ask for the same cold page at once: it is made once."""

import threading
from concurrent.futures import Future
from typing import Any

import pytest

from catalog import views
from catalog.models import Product
from shop.shared import Kept, Store
from tests.concurrency.helpers import run_together
from tests.pages import html
from tests.shared.visitors import Keeper, tokens, visitor, without_token

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 8


class Making:
    """Counts how often a list is made, and lets the first wait for all the others."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fails: int = 0) -> None:
        self.count, self._fails = 0, fails
        self._lock = threading.Lock()
        self._waiting = threading.Semaphore(0)
        self._listing = views.Listing
        monkeypatch.setattr(views, "Listing", self)
        # On a busy machine too nobody gives up before all of them are there.
        monkeypatch.setattr("shop.shared.PATIENCE", 60)
        # Each who waits says so first.
        result = Future.result

        def waited(future: Any, timeout: float | None = None) -> Any:
            self._waiting.release()
            return result(future, timeout)

        monkeypatch.setattr(Future, "result", waited)

    def __call__(self, *args: Any) -> Any:
        with self._lock:
            self.count += 1
            number = self.count
        if number == 1:
            for _ in range(CROWD - 1):
                assert self._waiting.acquire(timeout=30), "nobody waits for the first"
        if number <= self._fails:
            raise ZeroDivisionError
        return self._listing(*args)


def ask(address: str) -> Any:
    # Django's test client raises what any client's request has raised.
    return visitor(raise_request_exception=False).get(address)


def test_a_crowd_makes_a_cold_page_once(
    product: Product, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    making = Making(monkeypatch)
    answers = run_together(ask, ["/catalog/"] * CROWD)
    assert [answer.status_code for answer in answers] == [200] * CROWD
    assert (making.count, keeper.count) == (1, 1)
    # The same page for all, and a token for each.
    assert len({without_token(answer) for answer in answers}) == 1
    assert len(set.union(*map(tokens, answers))) == CROWD
    assert Store._on_their_way == {}


def test_a_maker_that_fails_fails_alone(
    product: Product, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has waited for it makes the page: nobody is answered with nothing."""
    making = Making(monkeypatch, fails=1)
    answers = run_together(ask, ["/catalog/"] * CROWD)
    pages = [html(answer) for answer in answers if answer.status_code == 200]
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200] * (CROWD - 1) + [500]
    assert all("Kettle" in page for page in pages)
    assert making.count == CROWD
    assert Store._on_their_way == {}
    # They kept none of theirs; the next does.
    assert keeper.count == 0
    assert "Kettle" in html(ask("/catalog/"))
    assert keeper.count == 1


def test_a_crowd_before_a_page_that_is_not_there(
    product: Product, keeper: Keeper
) -> None:
    answers = run_together(ask, ["/product/never/"] * CROWD)
    assert [answer.status_code for answer in answers] == [404] * CROWD
    assert keeper.count == 0 and Store._on_their_way == {}


def test_who_comes_just_after_the_maker_takes_what_it_has_made() -> None:
    looked_before = Store(["page"], ["mark"])
    Store(["page"], ["mark"]).make(lambda: Kept([b"once"], {}))
    made = looked_before.make(lambda: pytest.fail("it is there already"))
    assert made.parts == [b"once"]


def test_different_pages_do_not_wait_for_each_other(
    product: Product, keeper: Keeper
) -> None:
    addresses = ["/", "/catalog/", "/product/kettle/", "/api/products"] * 2
    answers = run_together(ask, addresses)
    assert [answer.status_code for answer in answers] == [200] * CROWD
    assert all("Kettle" in html(answer) for answer in answers)
    assert keeper.count == 4
    assert Store._on_their_way == {}


def test_who_has_waited_too_long_makes_it_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shop.shared.PATIENCE", 0.01)
    begun, goes_on = threading.Event(), threading.Event()

    def slow() -> Kept:
        begun.set()
        assert goes_on.wait(10)
        return Kept([b"slow"], {})

    def first() -> Kept | None:
        return Store(["page"], ["mark"]).make(slow)

    def second() -> Kept | None:
        assert begun.wait(10)
        try:
            return Store(["page"], ["mark"]).make(lambda: Kept([b"own"], {}))
        finally:
            goes_on.set()

    made = run_together(lambda make: make(), [first, second])
    assert [kept.parts for kept in made] == [[b"slow"], [b"own"]]
    # What is kept is the first one's, as it would have been without a second.
    assert Store(["page"], ["mark"]).found.parts == [b"slow"]


def test_who_comes_after_a_change_does_not_take_what_was_begun_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The one who makes an old page is not waited for: its state is another."""
    from shop import marks

    def late() -> Kept:
        marks.change("mark")
        new = Store(["page"], ["mark"])
        assert new.found is None
        assert new.make(lambda: Kept([b"new"], {})).parts == [b"new"]
        return Kept([b"old"], {})

    old = Store(["page"], ["mark"])
    assert old.make(late).parts == [b"old"]
    found = Store(["page"], ["mark"]).found
    assert found is None or found.parts == [b"new"]
