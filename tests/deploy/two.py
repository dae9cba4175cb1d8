"""Two web processes that start at once on a database that does not answer yet."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import LiteralString

from shop.locks import _key
from shop.starting import LOCK
from tests.deploy.running import Entrypoint, started
from tests.faults.database import Database, own_name
from tests.services.launcher import free_port

TABLES: LiteralString = (
    "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
)
VARIABLES = {
    "MIGRATE_ON_START": "true",
    "ADMIN_EMAIL": "owner@example.com",
    "ADMIN_PASSWORD": "a-password-of-nobody",
    "WEB_CONCURRENCY": "1",
}
Web = tuple[str, Entrypoint]


@contextmanager
def two_at_once() -> Iterator[tuple[Database, int, list[Web]]]:
    """Both serve now, each at its address.

    Before, they waited for the database, and then while somebody else had the lock;
    the number is how many tables there were at that time.
    """
    database = Database(own_name("image"))
    with ExitStack() as ends:
        database.create()
        ends.callback(database.drop)
        with database.holding("SELECT pg_advisory_xact_lock(%s)", _key(LOCK)):
            database.take_connections(new=False)
            webs = [_web(ends, database.url) for _ in range(2)]
            for _, web in webs:
                web.wait_until_said("waiting: the database does not answer")
            database.take_connections(new=True)
            for _, web in webs:
                web.wait_until_said("another process prepares the database")
            ((tables,),) = database.rows(TABLES)
        for _, web in webs:
            web.wait_until_said("Booting worker")
        yield database, int(tables), webs


def _web(ends: ExitStack, database: str) -> Web:
    place = f"127.0.0.1:{free_port()}"
    words = ("web", "--bind", place)
    web = ends.enter_context(started(*words, DATABASE_URL=database, **VARIABLES))
    return f"http://{place}", web
