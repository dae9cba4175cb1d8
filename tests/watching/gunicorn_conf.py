"""As a production configuration has it: see `shop.serving`."""

from shop.serving import Logger, share_figures
from shop.serving import child_exit as child_exit

worker_class = "gthread"
workers = 2
threads = 2
control_socket_disable = True
loglevel = "info"
logger_class = Logger
share_figures()
