"""The shop's own settings as a production server reads them.

Only a developer's .env is left alone, and Celery keeps to a queue of this test, because
a broker on the machine is shared.
"""

import os

import environ

environ.Env.read_env = classmethod(lambda *args, **kwargs: None)

from shop.settings import *  # noqa: E402, F403

CELERY_TASK_DEFAULT_QUEUE = os.environ.get("FAULTS_QUEUE", "faults")
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
