"""What begins once the applications are loaded."""

from django.conf import settings
from django.utils.module_loading import autodiscover_modules

from shop.watching import queries, tasks, tracing  # noqa: F401 - tasks listens


def start() -> None:
    """Figures are known; Sentry and OpenTelemetry run if the environment names them."""
    autodiscover_modules("figures")
    if settings.SENTRY_DSN:
        from shop.watching import errors

        errors.start(
            settings.SENTRY_DSN,
            settings.SENTRY_ENVIRONMENT,
            settings.RELEASE,
            settings.SENTRY_TRACES_RATE,
        )
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        tracing.start(
            settings.OTEL_EXPORTER_OTLP_ENDPOINT,
            settings.OTEL_SERVICE_NAME,
            settings.RELEASE,
        )
    queries.install()
