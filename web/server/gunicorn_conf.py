"""How gunicorn serves the portal. The size of a hand-in is limited by the application, which can say so in words."""

from __future__ import annotations

from submissions.settings import settings

bind = f"{settings().address}:{settings().port}"
workers = settings().web_processes
worker_class = "web.server.buffering.BufferingWorker"
threads = settings().web_threads
worker_connections = 800
# A thread worker beats on its own: this ends one that hangs as a whole, and never an upload over a slow line.
timeout = 60
# Shorter than what the launcher gives the portal to stop, so that an upload that does not end is dropped in good order.
graceful_timeout = 8
keepalive = 5
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190
# The application reads the proxy's headers itself, and only when told that there is a proxy.
forwarded_allow_ips = ""
accesslog = None
# Nobody steers this process but its supervisor, and a socket in the home folder needs one that can be written.
control_socket_disable = True
# Heartbeats are file times: not on a disk that may be slow.
worker_tmp_dir = "/dev/shm"  # noqa: S108 - gunicorn makes an anonymous file in it
