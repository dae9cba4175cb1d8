"""The shop's own settings as in production, on plain http and without its limits.

Where the database and Redis are has been written into the environment by then.
"""

import os
from pathlib import Path

import environ
from kombu import Queue

# A developer's .env is for a developer's shop.
environ.Env.read_env = classmethod(lambda *args, **kwargs: None)
os.environ.update(
    SECRET_KEY="for-the-bench-only-" + "x" * 40,
    DEBUG="false",
    HTTPS_ONLY="false",
    # Hundreds of calls a second come from one address.
    API_RATE_ANON="",
    API_RATE_USER="",
    FORM_RATE="",
    SEARCH_RATE="",
    NEW_CART_RATE="",
    LOG_LEVEL="ERROR",
)
os.environ.setdefault("DATABASE_URL", "sqlite:///data/db.sqlite3")

from shop.settings import *  # noqa: E402, F403
from shop.settings import MEDIA_ROOT, MIDDLEWARE, STATICFILES_DIRS  # noqa: E402

# Nothing has been collected, and WhiteNoise warns of a folder that is not there.
STATIC_ROOT = STATICFILES_DIRS[0]
# Pictures of goods that are there for the bench alone.
MEDIA_ROOT = Path(os.environ.get("BENCH_MEDIA", MEDIA_ROOT))

# A checkout is measured without what its event sets off; the relay has its own bench.
OUTBOX_WAKE = False
# The broker is the machine's: nothing of the bench may reach somebody else's queues.
OUTBOX_EXCHANGE = "bench_events"
CELERY_TASK_DEFAULT_QUEUE = "bench_tasks"
CELERY_TASK_QUEUES = [Queue(CELERY_TASK_DEFAULT_QUEUE)]
CELERY_TASK_ROUTES = {}

ROOT_URLCONF = "bench.urls"
MIDDLEWARE = ["bench.urls.ColdMiddleware", *MIDDLEWARE]
