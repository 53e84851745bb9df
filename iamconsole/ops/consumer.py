"""How a worker listens to the broker, and lives on when that dies."""

import logging
from typing import Any

from celery.worker.consumer import Consumer as CeleryConsumer
from celery.worker.loops import asynloop
from celery.worker.state import maybe_shutdown

from . import pulse

PAUSE_SECONDS = 5  # the longest between two attempts: people wait for their jobs
BEAT_SECONDS = 5
LOST = "The connection to the broker was lost."
log = logging.getLogger(__name__)


class Consumer(CeleryConsumer):
    """Celery's, that tries for ever, and whose main loop gives a sign of life."""

    def ensure_connected(self, conn: Any) -> Any:
        """Wait for the broker, however long that takes."""

        def tell(error: Exception, pause: float) -> None:
            log.warning("The broker does not answer: %s. Trying again in %d s.", error, pause)

        return conn.ensure_connection(
            tell, None, interval_start=1, interval_step=1, interval_max=PAUSE_SECONDS, callback=waiting
        )

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Celery's clean-up, which itself trips where messages were in work: their channel has no connection
        any more to give them back by. The broker gives them out again later, and the sweep sends their jobs.
        """
        try:
            super().on_connection_error_after_connected(exc)
        except AttributeError:
            log.warning("Tasks were running when the broker was lost. They go on, and are sent again.")

    @staticmethod
    def loop(*arguments: Any) -> None:
        """Celery's loop. Raises ConnectionError where a channel has lost its connection under it.

        kombu tells that by an AttributeError ('NoneType' object has no attribute 'hostname', its issue 582),
        which would end the worker instead of having it connect again.
        """
        try:
            asynloop(*arguments)
        except AttributeError as error:
            raise ConnectionError(LOST) from error

    def register_with_event_loop(self, hub: Any) -> None:
        super().register_with_event_loop(hub)
        hub.timer.call_repeatedly(BEAT_SECONDS, pulse.OWN.beat)


def waiting() -> None:
    """Once a second while the broker is away. Raises WorkerShutdown where the worker was told to stop."""
    pulse.OWN.beat()
    maybe_shutdown()
