"""docker-compose.yml: valid, and what it promises. No container engine is asked."""

import re

import pytest
from jsonschema import Draft202012Validator

from tests.deploy.papers import (
    ROOT,
    compose,
    compose_schema,
    documented_variables,
    gunicorn_settings,
    text,
)

COMPOSE = compose()
SERVICES = COMPOSE["services"]
SHOP = ["web", "worker", "beat", "bot"]
SERVERS = ["db", "redis", "rabbitmq"]
# What only the compose file, and the images of others, know.
OF_COMPOSE = {
    *("WEB_HOST_IP", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"),
    *("REDIS_PASSWORD", "RABBITMQ_DEFAULT_USER", "RABBITMQ_DEFAULT_PASS"),
}


def test_it_fits_the_specification() -> None:
    schema = compose_schema()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    assert [error.message for error in validator.iter_errors(COMPOSE)] == []
    # The schema knows what is wrong.
    SERVICES["web"]["comand"] = ["web"]
    try:
        assert not validator.is_valid(COMPOSE)
    finally:
        del SERVICES["web"]["comand"]


def test_the_services_are_the_promised_ones() -> None:
    assert sorted(SERVICES) == sorted([*SHOP, *SERVERS])
    assert SERVICES["bot"]["profiles"] == ["bot"]
    assert not any("profiles" in SERVICES[name] for name in SERVICES if name != "bot")
    for name in SHOP:
        assert SERVICES[name]["image"] == "duken:local"
        assert SERVICES[name]["build"] == "."
        assert SERVICES[name]["command"] == [name]
        assert "entrypoint" not in SERVICES[name]


def test_only_the_web_is_published_and_only_here() -> None:
    assert [name for name in SERVICES if "ports" in SERVICES[name]] == ["web"]
    assert SERVICES["web"]["ports"] == [
        {
            "target": 8000,
            "published": "${PORT:-8000}",
            "host_ip": "${WEB_HOST_IP:-127.0.0.1}",
        }
    ]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name in SERVERS:
        assert SERVICES[name]["networks"] == ["inside"]


@pytest.mark.parametrize("name", [*SHOP, *SERVERS])
def test_no_service_may_more_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert any(path.startswith("/tmp") for path in service["tmpfs"])  # noqa: S108
    assert not {"privileged", "pid", "ipc", "network_mode", "devices"} & set(service)
    limits = service["deploy"]["resources"]["limits"]
    assert set(limits) == {"cpus", "memory", "pids"}
    # Docker refuses more processors than the machine has.
    assert float(limits["cpus"]) <= 1
    assert ("cap_add" in service) == (name == "db")


def test_health_is_asked_everywhere_but_of_the_bot() -> None:
    for name, service in SERVICES.items():
        health = service["healthcheck"]
        if name == "bot":
            assert health == {"disable": True}
            continue
        assert {"test", "interval", "timeout", "retries", "start_period"} == set(health)
        assert seconds(health["timeout"]) <= seconds(health["interval"])
    for name in ("web", "beat"):
        *_, script, word = SERVICES[name]["healthcheck"]["test"]
        assert (ROOT / script).is_file() and word == name


def test_servers_start_first_and_the_database_before_them() -> None:
    healthy = {"condition": "service_healthy"}
    for name in SHOP:
        assert SERVICES[name]["depends_on"] == dict.fromkeys(SERVERS, healthy)
    for name in ("redis", "rabbitmq"):
        assert SERVICES[name]["depends_on"] == {"db": healthy}
    assert "depends_on" not in SERVICES["db"]


def test_what_must_outlive_a_container_is_in_a_volume() -> None:
    mounted = {
        (name, *volume.split(":")[:2])
        for name, service in SERVICES.items()
        for volume in service["volumes"]
        if not volume.startswith("./")
    }
    assert {volume for _, volume, _ in mounted} == set(COMPOSE["volumes"])
    for data in [
        ("db", "db", "/var/lib/postgresql/data"),
        ("redis", "redis", "/data"),
        ("rabbitmq", "rabbitmq", "/var/lib/rabbitmq"),
        *((name, "media", "/app/data/media") for name in ("web", "worker", "bot")),
        *((name, "imports", "/app/data/imports") for name in ("web", "worker")),
        *((name, "logs", "/var/log/duken") for name in SHOP),
        *((name, "secrets", "/secrets") for name in SERVICES),
    ]:
        assert data in mounted
    # RabbitMQ finds its data by the name of its machine.
    assert SERVICES["rabbitmq"]["hostname"] == "rabbitmq"
    # Only the database makes secrets.
    writers = [n for n in SERVICES if "secrets:/secrets" in SERVICES[n]["volumes"]]
    assert writers == ["db"]
    # No volume hides what the image has collected.
    assert "/app/data" not in {place for _, _, place in mounted}


def test_it_holds_no_secret_and_every_variable_is_known() -> None:
    known = documented_variables() | OF_COMPOSE
    asked = dict(re.findall(r"\$\{(\w+)(:-[^}]*)?\}", text("docker-compose.yml")))
    assert set(asked) <= known
    for name, default in asked.items():
        if re.search("PASS|SECRET|KEY|TOKEN", name):
            assert default == ":-", name
    for name in SHOP:
        given = SERVICES[name]["environment"]
        assert set(given) <= known, set(given) - known
        # Not even a name of a secret: an empty value would hide what was made up.
        secret = [one for one in given if re.search("PASS|KEY|TOKEN|URL$", one)]
        assert secret == ["SHOP_URL", "PAYMENT_EMULATOR_URL"]
        assert given["DEBUG"] == "false"
        assert SERVICES[name]["env_file"] == [{"path": ".env", "required": False}]


def test_the_emulator_pays_whatever_port_is_published() -> None:
    """SHOP_URL has the port of the machine; inside, gunicorn listens at its own."""
    given = SERVICES["web"]["environment"]
    assert given["SHOP_URL"] == "${SHOP_URL:-http://localhost:${PORT:-8000}}"
    assert given["PAYMENT_EMULATOR_URL"] == "${PAYMENT_EMULATOR_URL:-}"


def test_the_cache_of_pictures_fits_where_it_is() -> None:
    (tmp,) = SERVICES["web"]["tmpfs"]
    given = SERVICES["web"]["environment"]["IMAGE_PROXY_CACHE_MAX_MB"]
    # What .env says wins.
    assert given == "${IMAGE_PROXY_CACHE_MAX_MB:-100}"
    assert tmp.startswith("/tmp:size=256m,")  # noqa: S108


def test_a_stopping_web_has_time_for_what_is_on_its_way() -> None:
    leaving = gunicorn_settings()["graceful_timeout"]
    assert seconds(SERVICES["web"]["stop_grace_period"]) >= leaving + 10


def seconds(duration: str) -> int:
    assert duration.endswith("s")
    return int(duration[:-1])
