"""The RabbitMQ server that the tests may use, if there is one."""

from kombu import Connection
from kombu.exceptions import OperationalError

from tests.services import Missing

LOCAL = "amqp://guest:guest@127.0.0.1:5672//"


def provide(url: str) -> str:
    with Connection(url or LOCAL, connect_timeout=3) as broker:
        try:
            broker.ensure_connection(max_retries=1, timeout=3)
        except (OSError, OperationalError) as error:
            # as_uri() leaves the password out.
            raise Missing(f"RabbitMQ does not answer at {broker.as_uri()}") from error
    return url or LOCAL
