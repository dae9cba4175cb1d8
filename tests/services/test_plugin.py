"""The servers under the tests are what the plugin says they are."""

import os
import socket
import threading

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from tests.concurrency.helpers import run_together
from tests.conftest import OutsideCall
from tests.services import Missing, pgbouncer, postgresql, rabbitmq, redis
from tests.services.slots import claim


@pytest.mark.postgres
@pytest.mark.django_db
def test_the_default_run_is_on_postgresql():
    assert connection.vendor == "postgresql"
    assert connection.settings_dict["NAME"].startswith("test_duken_")


@pytest.mark.postgres
@pytest.mark.django_db
def test_postgresql_knows_letter_case_in_every_alphabet():
    with connection.cursor() as cursor:
        cursor.execute("SELECT lower('ДҮКЕН Ё')")
        assert cursor.fetchone() == ("дүкен ё",)


@pytest.mark.embedded
@pytest.mark.django_db
def test_the_embedded_run_is_on_a_sqlite_file_alone():
    assert connection.vendor == "sqlite"
    # A file of its own for each worker of pytest-xdist: …test_gw0, …test_gw1.
    assert "/shop.sqlite3.test" in connection.settings_dict["NAME"]
    assert settings.REDIS_URL == settings.RABBITMQ_URL == ""


@pytest.mark.redis
def test_redis_is_a_database_of_this_run(redis_of_the_tests):
    assert redis_of_the_tests.connection_pool.connection_kwargs["db"] > 0
    cache.set("key", "value")
    assert redis_of_the_tests.dbsize() == 1


@pytest.mark.redis
@pytest.mark.parametrize("turn", [1, 2])
def test_redis_is_empty_at_the_start_of_each_test(redis_of_the_tests, turn):
    assert redis_of_the_tests.keys() == []
    redis_of_the_tests.set("left", turn)


@pytest.mark.rabbitmq
def test_rabbitmq_answers(rabbitmq_url):
    assert rabbitmq.provide(rabbitmq_url) == rabbitmq_url


def test_a_developers_variables_are_forgotten():
    assert os.environ["SECRET_KEY"].startswith("for-tests-only-")
    assert "SHOP_NAME" not in os.environ


def test_nobody_elses_machine_can_be_reached():
    with pytest.raises(OutsideCall):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(OutsideCall):
        socket.getaddrinfo("shop.example", 443)


def test_a_claimed_number_is_given_once(tmp_path):
    first = claim("a", range(1, 9), lambda number: number > 1, str(tmp_path))
    second = claim("a", range(1, 9), lambda number: number > 1, str(tmp_path))
    assert (first, second) == (2, 3)


def test_a_given_address_that_does_not_answer_is_no_reason_to_look_elsewhere():
    with pytest.raises(Missing, match="TEST_DATABASE_URL does not answer"):
        postgresql.provide("postgres://nobody@127.0.0.1:1/x", "any")
    with pytest.raises(Missing, match="TEST_REDIS_URL does not answer"):
        redis.provide("redis://127.0.0.1:1", "any")
    with pytest.raises(Missing, match="RabbitMQ does not answer at"):
        rabbitmq.provide("amqp://guest:guest@127.0.0.1:1//")


@pytest.mark.django_db(transaction=True)
def test_run_together_starts_all_before_it_ends_one_and_keeps_their_order():
    everybody_is_here = threading.Barrier(8, timeout=10)

    def meet(number):
        everybody_is_here.wait()
        if number % 2:
            raise ValueError(number)
        return number

    results = run_together(meet, range(8))
    assert [str(result) for result in results] == [str(number) for number in range(8)]
    assert [type(result) for result in results] == [int, ValueError] * 4


@pytest.mark.django_db(transaction=True)
def test_run_together_gives_each_call_a_connection_of_its_own():
    everybody_is_here = threading.Barrier(4, timeout=10)

    def tell(_):
        everybody_is_here.wait()
        return id(connection.connection)

    connections = run_together(tell, range(4))
    assert len({*connections, id(connection.connection)}) == 5


def test_a_pooler_that_is_not_there_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pgbouncer, "PATH", "")
    with pytest.raises(Missing, match="PgBouncer is not installed"):
        pgbouncer.provide()
