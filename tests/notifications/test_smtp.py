"""Letters leave over a real SMTP server, whatever it answers."""

import smtplib
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.utils import timezone

from notifications import services
from notifications.mailer import Mailer, MailerError
from notifications.models import CLAIM_LASTS, Letter
from notifications.services import sending
from tests.notifications.helpers import make_letter
from tests.notifications.mailbox import Mailbox, running
from tests.services.launcher import free_port

pytestmark = pytest.mark.django_db


@pytest.fixture
def port(settings: Any) -> int:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    return settings.EMAIL_PORT


@pytest.fixture
def mailbox(port: int) -> Iterator[Mailbox]:
    mailbox = Mailbox()
    with running(mailbox, port):
        yield mailbox


def later(letter: Letter) -> float:
    """The letter waits; seconds from now until it is due."""
    letter.refresh_from_db()
    assert (letter.status, letter.sent_at, letter.claimed_at) == ("pending", None, None)
    assert letter.next_attempt_at is not None
    return (letter.next_attempt_at - timezone.now()).total_seconds()


def make_due() -> None:
    cache.clear()
    Letter.objects.filter(status="pending").update(next_attempt_at=None)


def test_a_batch_is_one_connection(mailbox: Mailbox) -> None:
    letters = [make_letter() for _ in range(5)]

    assert services.send_due_letters() == 5

    assert mailbox.connections == 1
    assert mailbox.ids == [f"<{letter.pk}@localhost>" for letter in letters]
    assert mailbox.readers == [letter.recipient for letter in letters]
    for letter in letters:
        letter.refresh_from_db()
        assert (letter.status, letter.attempts) == ("sent", 1)
        assert (letter.last_error, letter.claimed_at) == ("", None)
        assert letter.sent_at is not None
    assert services.send_due_letters() == 0
    assert len(mailbox.letters) == 5


def test_what_arrives_is_whole(mailbox: Mailbox) -> None:
    make_letter(language="kk")
    services.send_due_letters()

    [letter] = mailbox.letters
    assert letter["Subject"].strip() == "Duken дүкеніне қош келдіңіз"
    assert letter["From"] == "shop@localhost"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, html = letter.iter_parts()
    assert letter.get_content_type() == "multipart/alternative"
    assert text.get_content_type() == "text/plain"
    assert "тіркелгіңіз дайын" in text.get_content()
    assert html.get_content_type() == "text/html"
    assert "тіркелгіңіз дайын" in html.get_content()


# --- Refused ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "answer"),
    [("RCPT", "550 no such mailbox"), ("DATA", "554 looks like spam")],
)
def test_what_is_refused_for_good_is_not_tried_again(
    mailbox: Mailbox, command: str, answer: str, caplog: Any
) -> None:
    refused, fine = make_letter(), make_letter()
    mailbox.answers[command] = [answer]

    assert services.send_due_letters() == 1

    refused.refresh_from_db()
    assert (refused.status, refused.attempts) == ("failed", 1)
    assert refused.last_error == f"Refused: {answer}"
    assert (refused.sent_at, refused.claimed_at) == (None, None)
    # The others go, over the same connection.
    assert (mailbox.readers, mailbox.connections) == ([fine.recipient], 1)
    assert services.send_due_letters() == 0
    assert answer in caplog.text


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("RCPT", "450 greylisted"),
        ("RCPT", "421 closing"),
        ("DATA", "451 try again later"),
    ],
)
def test_what_is_not_taken_now_is_tried_later(
    mailbox: Mailbox, command: str, answer: str
) -> None:
    put_off, fine = make_letter(), make_letter()
    mailbox.answers[command] = [answer]

    assert services.send_due_letters() == 1

    assert 25 < later(put_off) <= 30
    assert put_off.last_error == f"Deferred: {answer}"
    assert mailbox.readers == [fine.recipient]

    make_due()
    assert services.send_due_letters() == 1
    put_off.refresh_from_db()
    assert (put_off.status, put_off.attempts) == ("sent", 2)
    assert mailbox.readers == [fine.recipient, put_off.recipient]


def test_a_server_that_dies_after_the_letter_gets_it_again_by_the_same_id(
    mailbox: Mailbox,
) -> None:
    """Nobody knows whether it was kept: better twice than never."""
    letter = make_letter()
    mailbox.answers["DATA"] = ["hang up"]

    assert services.send_due_letters() == 0

    assert 25 < later(letter) <= 30
    assert letter.last_error.startswith("Deferred: SMTPServerDisconnected")
    make_due()
    assert services.send_due_letters() == 1
    assert mailbox.ids == [f"<{letter.pk}@localhost>"] * 2
    # All that a mail program compares is the same.
    first, second = ((m["Subject"], m["To"], m.as_string()) for m in mailbox.letters)
    assert first[:2] == second[:2]


def test_a_connection_that_breaks_is_opened_anew_for_the_next(
    mailbox: Mailbox,
) -> None:
    broken, fine = make_letter(), make_letter()
    mailbox.answers["MAIL"] = ["hang up"]

    assert services.send_due_letters() == 1

    later(broken)
    assert (mailbox.readers, mailbox.connections) == ([fine.recipient], 2)


# --- Not there --------------------------------------------------------------------


def test_a_server_that_is_down_is_asked_once_and_left_alone(port: int) -> None:
    letters = [make_letter() for _ in range(3)]

    assert services.send_due_letters() == 0

    assert 25 < later(letters[0]) <= 30
    assert "ConnectionRefusedError" in letters[0].last_error
    # The others have not lost a try, and nobody asks again so soon.
    assert services.send_due_letters() == 0
    assert services.send_letters([letter.pk for letter in letters]) == 0
    tried = Letter.objects.order_by("id").values_list("status", "attempts")
    assert list(tried) == [("pending", 1), ("pending", 0), ("pending", 0)]

    mailbox = Mailbox()
    with running(mailbox, port):
        make_due()
        assert services.send_due_letters() == 3
    assert mailbox.readers == [letter.recipient for letter in letters]


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("MAIL", "550 this sender may not"),
        ("MAIL", "452 too many letters"),
    ],
)
def test_who_does_not_take_our_letters_at_all_refuses_none_of_them(
    mailbox: Mailbox, command: str, answer: str
) -> None:
    """The shop's own settings are wrong, say: mended, everything is sent."""
    letters = [make_letter() for _ in range(2)]
    mailbox.answers[command] = [answer, answer]

    assert services.send_due_letters() == 0

    assert 25 < later(letters[0]) <= 30
    assert letters[0].last_error.startswith("ServerUnavailable: SMTP")
    letters[1].refresh_from_db()
    assert (letters[1].status, letters[1].attempts) == ("pending", 0)

    mailbox.answers.clear()
    make_due()
    assert services.send_due_letters() == 2


def test_a_wrong_password_is_the_shops_own_trouble(
    mailbox: Mailbox, settings: Any
) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "shop", "s3cret-word"
    letter = make_letter()

    assert services.send_due_letters() == 0

    assert 25 < later(letter) <= 30
    assert "s3cret-word" not in letter.last_error


def test_a_silent_server_does_not_hold_us_for_long(port: int, settings: Any) -> None:
    """It takes the connection and never says a word."""
    assert django_settings.EMAIL_TIMEOUT == 10
    settings.EMAIL_TIMEOUT = 0.2
    letter = make_letter()
    with socket.create_server(("127.0.0.1", port)):
        assert services.send_due_letters() == 0

    later(letter)
    assert letter.last_error.startswith("ServerUnavailable: ")


# --- Patience ---------------------------------------------------------------------


def test_waits_grow_to_an_hour_and_end_after_a_day(port: int) -> None:
    letter = make_letter()
    waits = []
    while letter.status == "pending":
        make_due()
        services.send_due_letters()
        letter.refresh_from_db()
        if letter.status == "pending":
            waits.append(round(later(letter) / 10) * 10)

    assert waits[:9] == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert set(waits[7:]) == {3600}
    assert 22 * 3600 < sum(waits) < 25 * 3600
    assert (letter.status, letter.attempts) == ("failed", sending.MAX_ATTEMPTS)
    make_due()
    services.send_due_letters()
    letter.refresh_from_db()
    assert letter.attempts == sending.MAX_ATTEMPTS


# --- A process that died ----------------------------------------------------------


def test_a_claim_that_ran_out_is_sent_again_by_the_same_id(mailbox: Mailbox) -> None:
    """The worker was killed between the server's yes and its own mark."""
    letter = make_letter()
    taken = sending._take(None)
    assert taken is not None and taken.pk == letter.pk
    with Mailer() as mailer:
        mailer.send(sending.compose(taken))

    assert services.send_due_letters() == 0
    Letter.objects.update(
        claimed_at=timezone.now() - CLAIM_LASTS - timedelta(seconds=1)
    )
    assert services.send_due_letters() == 1

    letter.refresh_from_db()
    assert (letter.status, letter.attempts) == ("sent", 2)
    assert mailbox.ids == [f"<{letter.pk}@localhost>"] * 2


def test_a_letter_that_kills_its_workers_is_given_up(mailbox: Mailbox) -> None:
    killer, fine = make_letter(), make_letter()
    past = timezone.now() - CLAIM_LASTS - timedelta(seconds=1)
    Letter.objects.filter(pk=killer.pk).update(
        status="sending", claimed_at=past, attempts=sending.MAX_ATTEMPTS
    )

    assert services.send_due_letters() == 1

    killer.refresh_from_db()
    assert killer.status == "failed"
    assert killer.last_error == "TimeoutError: each of its workers died"
    assert mailbox.readers == [fine.recipient]


def test_no_task_outlives_its_claim() -> None:
    one_letter = 10 * django_settings.EMAIL_TIMEOUT
    assert sending.RUN_SECONDS + one_letter < django_settings.CELERY_TASK_TIME_LIMIT
    assert timedelta(seconds=django_settings.CELERY_TASK_TIME_LIMIT) < CLAIM_LASTS


def test_who_comes_back_after_the_claim_writes_nothing(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = make_letter()
    send = Mailer.send

    def slowly(self: Mailer, message: Any) -> None:
        """Another worker takes the letter over, sends and marks it."""
        monkeypatch.setattr(Mailer, "send", send)
        past = timezone.now() - CLAIM_LASTS - timedelta(seconds=1)
        Letter.objects.update(claimed_at=past)
        assert services.send_due_letters() == 1
        raise MailerError("what the first one makes of it")

    monkeypatch.setattr(Mailer, "send", slowly)
    services.send_due_letters()

    letter.refresh_from_db()
    assert (letter.status, letter.last_error, letter.attempts) == ("sent", "", 2)


# --- Whatever else ----------------------------------------------------------------


def test_a_fault_of_ours_stops_one_letter_and_no_other(
    mailbox: Mailbox, caplog: Any
) -> None:
    broken, fine = make_letter(), make_letter()
    Letter.objects.filter(pk=broken.pk).update(facts={})

    assert services.send_due_letters() == 1

    later(broken)
    assert broken.last_error == "KeyError: 'user_id'"
    assert mailbox.readers == [fine.recipient]
    assert f"letter {broken.pk} could not be made" in caplog.text


def test_goodbye_to_a_dead_server_is_no_error(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(self: smtplib.SMTP) -> None:
        self.close()
        raise smtplib.SMTPResponseException(421, b"gone")

    monkeypatch.setattr(smtplib.SMTP, "quit", gone)
    make_letter()

    assert services.send_due_letters() == 1


def test_a_run_ends_in_time(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        make_letter()
    clock = iter([0, 0, 59, 61])
    monkeypatch.setattr(sending, "monotonic", lambda: next(clock))

    assert services.send_due_letters() == 2
    assert Letter.objects.filter(status="pending").count() == 1
