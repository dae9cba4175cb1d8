"""How `make run` serves the shop: one process that does everything."""

from typing import Any

from shop.serving import Logger, share_figures
from shop.serving import child_exit as child_exit

worker_class = "gthread"
workers = 1
threads = 8
# Bytes; many filters chosen in Cyrillic make a long address.
limit_request_line = 8190
# Ctrl-C reaches the worker too, which can be caught by both its own and the server's
# signal; then it has three seconds, not thirty.
graceful_timeout = 3
control_socket_disable = True
loglevel = "warning"
logger_class = Logger
share_figures()


def post_worker_init(worker: Any) -> None:
    """The schedule lives in the worker: it has the shop loaded."""
    from shop.beat import keep_schedule

    keep_schedule()
