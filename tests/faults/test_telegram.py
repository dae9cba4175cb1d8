"""The bot is killed while people write to it, by polling and by webhook."""

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import httpx
import pytest

from tests.faults.audit import failed_checks
from tests.faults.conftest import Shops, Tallies
from tests.faults.processes import ROOT, Process, wait_until
from tests.faults.shop import Shop
from tests.telegram.fake import TOKEN, FakeTelegram
from tests.telegram.people import Person

pytestmark = [pytest.mark.postgres, pytest.mark.redis]
PEOPLE, ORDERS = 6, 8
SECRET = "secret-of-the-tests"
PASSWORD = "correct-horse-7"
_numbers = count(1)


@pytest.fixture
def telegram(monkeypatch: Any) -> Iterator[FakeTelegram]:
    monkeypatch.setattr("tests.telegram.fake.LONGEST_POLL", 0.2)
    fake = FakeTelegram()
    yield fake
    fake.close()


@pytest.fixture
def shop(open_shop: Shops, telegram: FakeTelegram) -> Shop:
    return open_shop(
        TELEGRAM_BOT_TOKEN=TOKEN,
        TELEGRAM_API_URL=telegram.url,
        TELEGRAM_WEBHOOK_SECRET=SECRET,
    )


class Bot:
    """`manage.py run_telegram_bot`, which can be killed and started again."""

    def __init__(self, shop: Shop) -> None:
        self.command = [sys.executable, str(ROOT / "manage.py"), "run_telegram_bot"]
        self.environment = shop.environment
        self.start()

    def start(self) -> None:
        self.process = Process(self.command, self.environment)

    def kill(self) -> None:
        self.process.stop()


def buyers(telegram: FakeTelegram, deliver: Any) -> list[Person]:
    return [Person(telegram, deliver) for _ in range(PEOPLE)]


def wishes(person: Person) -> Iterator[dict[str, Any]]:
    """An account, and then so many orders."""
    email = f"buyer{next(_numbers)}@example.com"
    yield person.message(f"/register {email} {PASSWORD}")
    for n in range(ORDERS):
        yield person.message(f"/order F-{n % 6 + 1}:1")


def queue_all(telegram: FakeTelegram, people: list[Person]) -> None:
    """Everybody writes at once, each in their own order."""
    for turn in zip(*map(wishes, people), strict=True):
        telegram.queue(*turn)


def until_answered(telegram: FakeTelegram, count: int) -> None:
    wait_until(lambda: len(telegram.messages) >= count, f"{count} answers")


def check(shop: Shop, telegram: FakeTelegram, people: list[Person]) -> int:
    """Every order was placed once and told; how many answers came more than once."""
    placed = shop.database.rows(
        "SELECT c.chat_id, o.number FROM orders_order o"
        " JOIN telegram_bot_chat c ON c.user_id = o.user_id"
    )
    assert Counter(chat for chat, _number in placed) == {
        person.chat: ORDERS for person in people
    }
    told = Counter(
        (person.chat, text.split("\n")[0])
        for person in people
        for text in telegram.sent(person.chat)
        if text.startswith("Thank you!")
    )
    assert set(told) == {
        (chat, f"Thank you! Order {number} is placed.") for chat, number in placed
    }
    [(left,)] = shop.database.rows("SELECT sum(stock) FROM catalog_product")
    assert left == 6 * 5000 - PEOPLE * ORDERS
    [(open_updates,)] = shop.database.rows(
        "SELECT count(*) FROM telegram_bot_update WHERE handled_at IS NULL"
    )
    assert open_updates == 0
    assert failed_checks(shop) == []
    return told.total() - len(told)


def test_the_bot_is_killed_and_started_again(
    shop: Shop, telegram: FakeTelegram, tallies: Tallies
) -> None:
    tally = tallies("kill -9 of the Telegram bot")
    people = buyers(telegram, telegram.queue)
    queue_all(telegram, people)
    bot = Bot(shop)
    kills = 0
    for answers in (4, 14, 24):
        until_answered(telegram, answers)
        bot.kill()
        kills += 1
        bot.start()
    cuts = 0
    for _ in range(3):
        until_answered(telegram, len(telegram.messages) + 1)
        cuts += shop.database.cut_connections(2)
    wait_until(lambda: not telegram.updates, "all updates are confirmed")
    bot.kill()

    repeated = check(shop, telegram, people)
    # Only what was under way when it died may be said again.
    assert repeated <= kills + cuts
    tally.injected = kills + cuts
    tally.answered = PEOPLE * (ORDERS + 1)
    assert "Traceback" not in bot.process.said


def test_two_bots_at_once_answer_once(shop: Shop, telegram: FakeTelegram) -> None:
    people = buyers(telegram, telegram.queue)
    bots = [Bot(shop), Bot(shop)]
    queue_all(telegram, people)
    wait_until(lambda: not telegram.updates, "all updates are confirmed")
    for bot in bots:
        bot.kill()
    assert check(shop, telegram, people) == 0


def test_webhooks_whose_workers_are_killed(
    shop: Shop, telegram: FakeTelegram, tallies: Tallies
) -> None:
    tally = tallies("webhooks, workers killed")
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    posted = threading.Semaphore(0)

    def post(update: dict[str, Any]) -> None:
        """As Telegram does: again until it is told 200; and sometimes once more."""
        with shop.client() as client:
            status = 0
            while status != 200:
                try:
                    answer = client.post(
                        "/telegram/webhook/", json=update, headers=headers
                    )
                    status = answer.status_code
                except httpx.TransportError:
                    status = 0
                assert status in (0, 200, 503)
            posted.release()

    def talk(person: Person) -> None:
        for update in wishes(person):
            # Twice at the same moment: one is answered, the other waits for it.
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(post, [update, update]))

    people = buyers(telegram, post)
    with ThreadPoolExecutor(PEOPLE) as pool:
        talks = [pool.submit(talk, person) for person in people]
        for _ in range(4):
            for _ in range(20):
                assert posted.acquire(timeout=60)
            tally.injected += shop.kill_worker()
        for each in talks:
            each.result()
    repeated = check(shop, telegram, people)
    assert repeated <= tally.injected * 4
    tally.answered = PEOPLE * (ORDERS + 1)
