"""Passwords: what the hash costs, and that older ones are renewed at sign-in."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import hashers
from django.test import Client

from accounts.hashers import Argon2PasswordHasher
from accounts.models import User
from tests.accounts.conftest import PASSWORD, bearer, log_in
from tests.concurrency.helpers import run_together

OURS = "argon2$argon2id$v=19$m=19456,t=2,p=1$"
DJANGOS = "argon2$argon2id$v=19$m=102400,t=2,p=8$"


@pytest.fixture(autouse=True)
def the_shops_own(settings: Any) -> None:
    """The tests use a quicker one otherwise."""
    settings.PASSWORD_HASHERS = ["accounts.hashers.Argon2PasswordHasher"]


def test_the_shop_uses_it() -> None:
    from shop import settings as shop

    assert shop.PASSWORD_HASHERS[0] == "accounts.hashers.Argon2PasswordHasher"


def test_a_hash_costs_what_a_small_server_can_afford() -> None:
    encoded = hashers.make_password(PASSWORD)
    assert encoded.startswith(OURS)
    assert hashers.check_password(PASSWORD, encoded)
    assert not hashers.check_password(PASSWORD + "x", encoded)
    assert not Argon2PasswordHasher().must_update(encoded)
    # Twice the same password is not twice the same hash.
    assert hashers.make_password(PASSWORD) != encoded


@pytest.mark.parametrize("password", ["", " ", "пароль 🫖", "x" * 4096, "a\0b"])
def test_any_password_can_be_one(password: str) -> None:
    encoded = hashers.make_password(password)
    assert hashers.check_password(password, encoded)
    assert not hashers.check_password(password + "x", encoded)


def test_a_hash_of_djangos_own_is_understood_and_to_be_renewed() -> None:
    encoded = hashers.Argon2PasswordHasher().encode(PASSWORD, "somesaltsomesalt")
    assert encoded.startswith(DJANGOS)
    assert hashers.check_password(PASSWORD, encoded)
    assert not hashers.check_password("wrong", encoded)
    assert Argon2PasswordHasher().must_update(encoded)


@pytest.mark.django_db
def test_it_is_renewed_when_its_owner_signs_in(user: User, client: Client) -> None:
    old = hashers.Argon2PasswordHasher().encode(PASSWORD, "somesaltsomesalt")
    User.objects.filter(pk=user.pk).update(password=old)
    user.refresh_from_db()
    tokens = bearer(user)

    assert log_in(client, "wrong").status_code == 401
    user.refresh_from_db()
    assert user.password == old

    assert log_in(client).status_code == 200
    user.refresh_from_db()
    assert user.password.startswith(OURS)
    assert user.check_password(PASSWORD)
    # Nobody is signed out by it: the password is what it was.
    assert client.get("/api/users/me", headers=tokens).status_code == 200

    renewed = user.password
    assert log_in(client).status_code == 200
    user.refresh_from_db()
    assert user.password == renewed


class Watched:
    """Counts who is inside of Django's own hasher together."""

    def __init__(self) -> None:
        self.now, self.most = 0, 0
        self._lock = threading.Lock()
        self._both = threading.Event()

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any) -> Any:
            with self._lock:
                self.now += 1
                self.most = max(self.most, self.now)
                if self.now > 1:
                    self._both.set()
            # Gives a second one the time to come in too.
            self._both.wait(0.5)
            try:
                return function(*args)
            finally:
                with self._lock:
                    self.now -= 1

        return watched


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("hasher", "most"), [("ours", 1), ("Django's", 2)])
def test_one_hash_is_made_at_a_time(
    monkeypatch: pytest.MonkeyPatch, hasher: str, most: int
) -> None:
    """Each takes its memory; the twin that has no turn takes it twice."""
    own = Argon2PasswordHasher()
    encoded = own.encode(PASSWORD, "somesaltsomesalt")
    watched = Watched()
    parent = hashers.Argon2PasswordHasher
    for name in ("encode", "verify"):
        monkeypatch.setattr(parent, name, watched.around(getattr(parent, name)))
    used = own if hasher == "ours" else parent()
    calls = [(used.verify, PASSWORD, encoded), (used.encode, PASSWORD, "saltsaltsalt")]
    verified, made = run_together(lambda call, *args: call(*args), calls)
    assert verified is True and made.startswith("argon2$argon2id$")
    assert watched.most == most


def test_a_hash_that_fails_leaves_the_turn_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(hashers.Argon2PasswordHasher, "params", lambda self: 1 / 0)
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                Argon2PasswordHasher().encode(PASSWORD, "somesaltsomesalt")
    assert hashers.make_password(PASSWORD).startswith(OURS)
