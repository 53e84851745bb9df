"""Everything that runs, under one roof: broker, web server, worker and scheduler.

Why not a process manager from the shelf (honcho, circus, supervisord): what is needed is little and
particular. Wait until each part *answers*, load the console once for all of them, say in one sentence which
part died, stop in order, leave no process behind even after kill -9, and print the one-time password once.
The shelf does the starting and stopping but none of that.
"""

from .errors import StartError

__all__ = ["StartError"]
