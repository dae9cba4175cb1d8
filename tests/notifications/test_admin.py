"""The back office's list of letters: to read, and to send again what has failed."""

from typing import Any

import pytest
from django.core import mail
from django.test import Client

from notifications import services
from notifications.models import Letter
from tests.backoffice import messages, office, queries, staff_with
from tests.notifications.helpers import make_letter

pytestmark = pytest.mark.django_db
LIST = "/admin/notifications/letter/"


def act(client: Client, *letters: Letter) -> Any:
    data = {"action": "send_again", "_selected_action": [str(x.pk) for x in letters]}
    return client.post(LIST, data, follow=True)


def test_it_is_read_and_not_edited() -> None:
    letter = make_letter(status="failed", last_error="Refused: 550 no such mailbox")
    client = office()

    page = client.get(LIST, {"status": "failed", "q": letter.recipient})
    assert letter.recipient in page.text
    assert 'href="/admin/letters/"' in page.text
    one = client.get(f"{LIST}{letter.pk}/change/")
    assert "Refused: 550 no such mailbox" in one.text
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{letter.pk}/change/", {}).status_code == 403
    assert client.post(f"{LIST}{letter.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(LIST, {"status": "sent"}).context["cl"].result_count == 0


def test_what_has_failed_is_sent_again_and_nothing_else(
    django_capture_on_commit_callbacks: Any,
) -> None:
    failed = make_letter(status="failed", attempts=30, last_error="Deferred: 451")
    others = [make_letter(status=s) for s in ("sent", "canceled", "sending", "pending")]
    before = list(Letter.objects.exclude(pk=failed.pk).order_by("id").values())

    with django_capture_on_commit_callbacks(execute=True):
        page = act(office(), failed, *others)

    assert messages(page) == ["1 letter is sent again."]
    assert [letter.to for letter in mail.outbox] == [[failed.recipient]]
    failed.refresh_from_db()
    assert (failed.status, failed.attempts, failed.last_error) == ("sent", 1, "")
    assert list(Letter.objects.exclude(pk=failed.pk).order_by("id").values()) == before


def test_of_a_whole_list_only_what_has_failed_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failed, *others = [make_letter(status=s) for s in ("failed", "sent", "sent")]
    asked: list[Any] = []
    monkeypatch.setattr(services, "send_again", asked.append)
    data = {
        "action": "send_again",
        "select_across": "1",
        "_selected_action": [str(others[0].pk)],
    }
    office().post(LIST, data)
    assert asked == [[failed.pk]]


def test_nothing_has_failed_and_nothing_is_done() -> None:
    page = act(office(), make_letter(status="sent"))

    assert messages(page) == ["None of these letters has failed."]


def test_only_who_may_change_letters_sends_them_again() -> None:
    letter = make_letter(status="failed")
    reader = office(staff_with("notifications.view_letter"))

    assert reader.get(LIST).status_code == 200
    act(reader, letter)

    letter.refresh_from_db()
    assert letter.status == "failed"
    assert office(staff_with()).get(LIST).status_code == 403


def test_the_number_of_queries_does_not_depend_on_the_letters() -> None:
    client = office()
    make_letter()
    first = queries(client, LIST)
    for _ in range(9):
        make_letter()
    assert queries(client, LIST) == first
