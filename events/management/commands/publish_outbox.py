import logging
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.utils import timezone
from django.utils.translation import gettext as _

from events.broker import close_publisher
from events.models import OutboxMessage
from events.services import Turn, relay
from shop.stopping import when_told_to_stop

logger = logging.getLogger(__name__)

# Seconds between two looks at the outbox: after something was sent, at most while
# nothing is, and at most while something is broken.
QUICK, INTERVAL, LONGEST = 0.02, 0.2, 2.0
# Seconds that --once waits for a relay that is at it already.
PATIENCE = 60.0


class Command(BaseCommand):
    help = "Send the events of the outbox to RabbitMQ and to the subscribers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--once",
            action="store_true",
            help="Send what is pending, and end; otherwise go on until told to stop.",
        )

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        try:
            if once:
                self._once()
            else:
                self._go_on()
        finally:
            close_publisher()

    def _once(self) -> None:
        deadline = time.monotonic() + PATIENCE
        turn = relay()
        while not turn.had_it and time.monotonic() < deadline:
            time.sleep(INTERVAL)
            turn = relay()
        pending = OutboxMessage.objects.pending()
        # Not translated: scripts read it.
        self.stdout.write(
            f"sent {turn.sent}, parked {turn.parked}, pending {pending.count()}"
        )
        if turn.trouble:
            raise CommandError(_("The broker takes nothing: %s") % turn.trouble)
        if not turn.had_it:
            raise CommandError(_("Another relay is at it."))
        if turn.refused or pending.filter(next_attempt_at__gt=timezone.now()).exists():
            raise CommandError(_("Some events were refused; the back office says why."))

    def _go_on(self) -> None:
        """One relay at a time has the outbox; whichever else runs stands by."""
        logger.info("the relay runs")
        interval = QUICK
        stop = threading.Event()
        with when_told_to_stop(stop.set):
            while not stop.is_set():
                turn = self._turn(stop)
                longest = LONGEST if turn.trouble else INTERVAL
                interval = QUICK if turn.sent else min(interval * 2, longest)
                stop.wait(interval)
        logger.info("the relay has ended")

    def _turn(self, stop: threading.Event) -> Turn:
        """A turn of the relay; a database that went away is asked again."""
        try:
            close_old_connections()
            return relay(stopped=stop.is_set)
        except (DatabaseError, InterfaceError) as error:
            logger.warning("the outbox cannot be read: %s", error)
            connection.close()
            return Turn(trouble=str(error))
