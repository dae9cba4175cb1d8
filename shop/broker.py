"""The way to RabbitMQ."""

from django.conf import settings
from kombu import Connection

# Seconds: for the connection, and for whatever is read or written on it afterwards.
CONNECT_TIMEOUT = 2
SOCKET_TIMEOUT = 5


def connect_to_broker() -> Connection:
    """An open connection to RABBITMQ_URL, on which nothing hangs for good.

    Raises whatever the driver raises if the broker cannot be reached.
    """
    url = settings.RABBITMQ_URL
    connection = Connection(
        url,
        connect_timeout=CONNECT_TIMEOUT,
        heartbeat=0,
        # The certificate has to be the host's own; by itself py-amqp does not look.
        ssl={"server_hostname": None} if url.startswith("amqps://") else False,
    )
    try:
        # Each of its hosts once, without waiting in between.
        connection.ensure_connection(max_retries=max(len(connection.alt) - 1, 0))
        connection.connection.sock.settimeout(SOCKET_TIMEOUT)
    except BaseException:
        connection.collect()
        raise
    return connection
