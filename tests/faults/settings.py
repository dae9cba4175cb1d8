"""The shop's own settings as a production server reads them.

Only a developer's .env is left alone, and Celery keeps to one queue of this test,
because a broker on the machine is shared.
"""

import os

import environ
from kombu import Queue

environ.Env.read_env = classmethod(lambda *args, **kwargs: None)

from shop.settings import *  # noqa: E402, F403

# A broker of the test's own may have the shop's own queues.
if "FAULTS_OWN_BROKER" not in os.environ:
    CELERY_TASK_DEFAULT_QUEUE = os.environ.get("FAULTS_QUEUE", "faults")
    CELERY_TASK_QUEUES = [Queue(CELERY_TASK_DEFAULT_QUEUE)]
    CELERY_TASK_ROUTES = {}
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
OUTBOX_EXCHANGE = os.environ.get("FAULTS_EXCHANGE", "shop_events")
# Subscribers and tasks that only a test has.
CELERY_IMPORTS = os.environ.get("FAULTS_IMPORTS", "").split()
if "FAULTS_SOFT_TIME_LIMIT" in os.environ:
    CELERY_TASK_SOFT_TIME_LIMIT = int(os.environ["FAULTS_SOFT_TIME_LIMIT"])
