"""What /metrics answers."""

import platform
from functools import cache

import django
from django.conf import settings
from django.db import connection
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client import REGISTRY as OWN
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from shop.watching import metrics
from shop.watching.figures import ReadFigures

CONTENT_TYPE = CONTENT_TYPE_LATEST


class _About(Collector):
    def collect(self):  # type: ignore[no-untyped-def]
        """What runs here, and how busy this process's connections are."""
        versions = {
            "release": settings.RELEASE or "unknown",
            "python": platform.python_version(),
            "django": django.get_version(),
        }
        yield InfoMetricFamily("shop_build", "What runs here", value=versions)
        pool = getattr(connection, "pool", None)
        if pool is not None:
            found = pool.get_stats()
            family = GaugeMetricFamily(
                "shop_db_pool",
                "Connections of the process that was asked",
                labels=["what"],
            )
            for what, key in (
                ("size", "pool_size"),
                ("free", "pool_available"),
                ("waiting", "requests_waiting"),
            ):
                family.add_metric([what], found.get(key, 0))
            yield family


@cache
def _registry(directory: str) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    if directory:
        MultiProcessCollector(registry, directory)
    else:
        # Of this process alone, with what the library tells of it.
        registry.register(OWN)
    registry.register(ReadFigures())
    registry.register(_About())
    return registry


def exposition() -> bytes:
    """Every figure in Prometheus' text format: of all processes that share."""
    return generate_latest(_registry(metrics.shared_directory()))
