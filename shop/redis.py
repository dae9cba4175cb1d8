"""Redis as a cluster: the cache library knows single servers only.

Commands about one key, or about keys of one hash slot, go where the slot is. The few
of the cache that ask for several keys are split here, one answer after the other: no
caller needs more (`catalog/caching.py`: each entry tells the version it is of).
"""

import threading
from collections.abc import Collection
from typing import Any

from django_redis.client import DefaultClient
from django_redis.exceptions import ConnectionInterrupted
from django_redis.pool import ConnectionFactory
from redis.cluster import ClusterNode, RedisCluster
from redis.connection import parse_url
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisClusterException, RedisError

# Whatever a Redis, or a cluster of them, that does not answer raises.
TROUBLE = (RedisError, RedisClusterException, ConnectionInterrupted, OSError)


class Cluster(RedisCluster):
    """Says that it cannot be reached as a single server says it."""

    def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().execute_command(*args, **kwargs)
        except RedisClusterException as error:
            raise RedisConnectionError(str(error)) from error


class ClusterFactory(ConnectionFactory):
    """One client for each address and process: it has a pool for each node."""

    _clusters: dict[str, Cluster] = {}
    _making = threading.Lock()

    def get_connection(self, params: dict[str, Any]) -> Any:
        """Of several addresses, `redis://a:7000,redis://b:7000`, one has to answer."""
        url = params["url"]
        with self._making:
            if url not in self._clusters:
                self._clusters[url] = self._connect(url, params)
            return self._clusters[url]

    def disconnect(self, connection: Any) -> None:
        connection.close()

    def _connect(self, url: str, params: dict[str, Any]) -> Cluster:
        known = [dict(parse_url(part.strip())) for part in url.split(",")]
        nodes = [ClusterNode(one["host"], one.get("port", 6379)) for one in known]
        shared = {key: value for key, value in known[0].items() if key in _SHARED}
        timeouts = ("socket_timeout", "socket_connect_timeout")
        try:
            return Cluster(
                startup_nodes=nodes,
                **shared,
                **{name: params[name] for name in timeouts},
            )
        except RedisClusterException as error:
            raise RedisConnectionError(str(error)) from error


# What an address may say of all nodes.
_SHARED = ("username", "password", "ssl_ca_certs")


class ClusterClient(DefaultClient):
    def get_client(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().get_client(*args, **kwargs)
        except RedisError as error:
            # A single server would be missed at its first command, which the cache
            # library takes for a miss; a cluster is asked for its nodes before.
            raise ConnectionInterrupted(connection=None) from error

    def get_many(
        self, keys: Collection[str], version: int | None = None, client: Any = None
    ) -> dict[str, Any]:
        made = {self.make_key(key, version=version): key for key in keys}
        client = client or self.get_client(write=False)
        try:
            values = client.mget_nonatomic(list(made)) if made else []
        except TROUBLE as error:
            raise ConnectionInterrupted(connection=client) from error
        found = zip(made.values(), values, strict=True)
        return {key: self.decode(value) for key, value in found if value is not None}

    def set_many(
        self,
        data: dict[str, Any],
        *args: Any,
        version: int | None = None,
        **kwargs: Any,
    ) -> None:
        for key, value in data.items():
            self.set(key, value, *args, version=version, **kwargs)
