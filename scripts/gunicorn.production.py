"""How the image serves the shop: several processes of several threads."""

from shop.env import as_the_settings_read_it
from shop.serving import Logger, share_figures
from shop.serving import child_exit as child_exit

env = as_the_settings_read_it()

bind = "0.0.0.0:8000"
worker_class = "gthread"
workers = env.int("WEB_CONCURRENCY", default=2)
threads = env.int("WEB_THREADS", default=4)
# Seconds. A proxy that keeps connections open for a minute must not find them closed.
keepalive = 75
# Seconds that a request may take before its process counts as stuck.
timeout = 60
# Seconds that requests on their way have left once the server was told to stop; the
# grace periods of docker-compose.yml and k8s/ are longer.
graceful_timeout = 30
# Heartbeats are files: in memory, a slow disk does not look like a process that hangs.
worker_tmp_dir = "/dev/shm"  # noqa: S108 - not a file that others could put there  # nosec B108
# Bytes; many filters chosen in Cyrillic make a long address.
limit_request_line = 8190
control_socket_disable = True
# The shop logs its requests itself.
accesslog = None
loglevel = "info"
logger_class = Logger
# The figures of a process that is gone stay, or sums would fall: so none is replaced
# without need (max_requests), which would leave a file each time.
share_figures()
