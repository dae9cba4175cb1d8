"""A backup of PostgreSQL: pg_dump's custom format, put back in one transaction."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import psycopg
from django.conf import settings
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext as _
from psycopg import sql

from shop.backup.archive import CHUNK
from shop.backup.errors import BackupError, in_use

TOOLS = ("pg_dump", "pg_restore", "psql")
# Where packages of Debian and of PostgreSQL itself put each version's programs.
PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")
# Tables of the shop, not those of the server or of an extension.
OURS = """
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                    AND d.objid = c.oid AND d.deptype = 'e')
"""
# Emptied piece by piece: the schema `public` itself may belong to the server's owner,
# and extensions may stay. Locks are not waited for as long as a shop may hold them.
EMPTY = f"""
SET LOCAL lock_timeout = '10s';
SET LOCAL client_min_messages = warning;
DO $empty$
DECLARE found text;
BEGIN
    FOR found IN SELECT format('DROP %s IF EXISTS %I.%I CASCADE', CASE c.relkind
            WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
            WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END,
            n.nspname, c.relname) {OURS} AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
            ORDER BY c.relkind = 'S', c.oid
    LOOP EXECUTE found; END LOOP;
    FOR found IN SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure)
            FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
            AND NOT EXISTS (SELECT FROM pg_depend d
                WHERE d.classid = 'pg_proc'::regclass
                AND d.objid = p.oid AND d.deptype = 'e')
    LOOP EXECUTE found; END LOOP;
    FOR found IN SELECT format(
            'DROP TEXT SEARCH CONFIGURATION IF EXISTS public.%I CASCADE', cfgname)
            FROM pg_ts_config WHERE cfgnamespace = 'public'::regnamespace
    LOOP EXECUTE found; END LOOP;
    FOR found IN SELECT format(
            'DROP TEXT SEARCH DICTIONARY IF EXISTS public.%I CASCADE', dictname)
            FROM pg_ts_dict t WHERE dictnamespace = 'public'::regnamespace
            AND NOT EXISTS (SELECT FROM pg_depend d
                WHERE d.classid = 'pg_ts_dict'::regclass
                AND d.objid = t.oid AND d.deptype = 'e')
    LOOP EXECUTE found; END LOOP;
    FOR found IN SELECT format('DROP TYPE IF EXISTS public.%I CASCADE', typname)
            FROM pg_type t WHERE typnamespace = 'public'::regnamespace
            AND typtype IN ('e', 'd', 'r') AND NOT EXISTS (SELECT FROM pg_depend d
                WHERE d.classid = 'pg_type'::regclass
                AND d.objid = t.oid AND d.deptype = 'e')
    LOOP EXECUTE found; END LOOP;
END $empty$;
"""  # noqa: S608 - both parts are written here  # nosec B608
UNPACKED = ".duken-restore-"
# pg_restore of 17 and newer sets what older servers do not know.
UNKNOWN_BEFORE_17 = b"SET transaction_timeout = 0;\n"


class PostgreSQL:
    """The database behind a connection of Django."""

    name = "postgresql"

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        self.called = str(connection.settings_dict["NAME"])

    def dump(self, target: Path) -> dict[str, Any]:
        """The database of one moment in `target`; what there is in it.

        Rows are counted in the very snapshot that is dumped.
        """
        one_moment = transaction.atomic(using=self._connection.alias, durable=True)
        with one_moment, self._connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            # Both belong to requests; this is none.
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute("SELECT pg_export_snapshot()")
            (snapshot,) = cursor.fetchone()
            folder, client = tools(self._server() // 10000)
            known = {
                "tables": self._tables(cursor),
                "migrations": self._migrations(cursor),
                "server": str(self._server()),
                "client": client,
            }
            self._run(
                *(str(folder / "pg_dump"), "--format=custom", "--no-password"),
                # It may be restored by another role, on a server of other people:
                # comments are those of extensions, which only their owner may make.
                *("--no-owner", "--no-privileges", "--no-comments"),
                *("--no-publications", "--no-subscriptions", "--no-tablespaces"),
                *(f"--snapshot={snapshot}", f"--file={target}"),
            )
        return {**known, "unpacked": target.stat().st_size}

    def is_empty(self) -> bool:
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"SELECT EXISTS (SELECT {OURS} AND c.relkind IN"
                " ('r', 'p', 'v', 'm', 'S', 'f'))"
            )
            return not cursor.fetchone()[0]

    def refuse(self, manifest: dict[str, Any]) -> None:
        """Raise BackupError if this backup cannot be loaded here."""
        # 150020 and 18.3: the first number is the major version.
        made, here = int(manifest["server"]) // 10000, self._server() // 10000
        if made > here:
            raise BackupError(
                _(
                    "The backup is of PostgreSQL %(made)s, this server is %(here)s: "
                    "an older server may not understand it."
                )
                % {"made": made, "here": here}
            )
        self._tools_for(manifest)

    def load(
        self, part: IO[bytes], manifest: dict[str, Any], *, replace: bool, near: Path
    ) -> str:
        """The backup is the database: all of it, or nothing has changed.

        What was there goes in the same transaction, so pg_restore only writes the
        script, and psql is told to commit when it came to its end and the rows of
        every table were counted.
        """
        folder = self._tools_for(manifest)
        old = self._server() < 170000
        counted = self._counted(manifest["tables"])
        self._connection.close()
        # Where the backup is, there is room: /tmp may be memory.
        room = near if os.access(near, os.W_OK) else None
        for left in near.glob(f"{UNPACKED}*") if room else ():
            shutil.rmtree(left, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=UNPACKED, dir=room) as directory:
            dump = Path(directory) / "database.dump"
            with dump.open("xb") as file:
                shutil.copyfileobj(part, file, CHUNK)
            # What is no dump is found out here.
            self._run(str(folder / "pg_restore"), "--list", str(dump))
            with self._psql(folder / "psql") as psql:
                psql.write(b"BEGIN;\n" + (EMPTY.encode() if replace else b""))
                self._script(folder / "pg_restore", dump, psql, old=old)
                psql.write(counted.encode() + b"COMMIT;\n")
        return ""

    def after_loading(self) -> None:
        """The planner knows the tables."""
        with self._connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def _tools_for(self, manifest: dict[str, Any]) -> Path:
        # An older pg_restore cannot read what a newer pg_dump wrote.
        folder, _client = tools(max(self._server() // 10000, int(manifest["client"])))
        return folder

    def _server(self) -> int:
        self._connection.ensure_connection()
        return int(self._connection.connection.info.server_version)

    def _tables(self, cursor: Any) -> dict[str, int]:
        cursor.execute(
            f"SELECT n.nspname, c.relname {OURS} AND c.relkind = 'r' ORDER BY 1, 2"
        )
        counts = {}
        for schema, table in cursor.fetchall():
            cursor.execute(
                sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
            )
            counts[f"{schema}.{table}"] = cursor.fetchone()[0]
        return counts

    def _migrations(self, cursor: Any) -> list[list[str]]:
        cursor.execute("SELECT to_regclass('django_migrations')")
        if cursor.fetchone()[0] is None:
            raise BackupError(_("The database has no tables yet: migrate comes first."))
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY id")
        return [list(row) for row in cursor.fetchall()]

    def _counted(self, tables: dict[str, int]) -> str:
        """SQL that fails unless every table has the rows of the manifest."""
        statements = []
        for name, rows in tables.items():
            table = sql.Identifier(*name.split(".", 1))
            # Division by zero is what plain SQL can fail with.
            statements.append(
                sql.SQL("SELECT 1 / (count(*) = {})::int AS {} FROM {};").format(
                    sql.Literal(int(rows)), sql.Identifier(f"{name} counted"), table
                )
            )
        self._connection.ensure_connection()
        return sql.SQL("\n").join(statements).as_string(self._connection.connection)

    @contextmanager
    def _psql(self, psql: Path) -> Iterator[IO[bytes]]:
        """Its input, whose end without COMMIT changes nothing; else BackupError."""
        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(  # noqa: S603 - found by tools()  # nosec B603
                [
                    *(str(psql), "--no-psqlrc", "--quiet", "--no-password"),
                    *("--set=ON_ERROR_STOP=1", "--file=-"),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env=self._environment(),
            )
            assert process.stdin  # noqa: S101 - for mypy  # nosec B101
            try:
                # It ends at its first mistake, and then nobody reads.
                with suppress(BrokenPipeError):
                    yield process.stdin
            finally:
                with suppress(BrokenPipeError):
                    process.stdin.close()
                code = process.wait()
            if code:
                # The last is what ended it.
                errors.seek(max(0, errors.seek(0, os.SEEK_END) - 2000))
                said = errors.read().decode(errors="replace").strip()
                raise in_use() if "lock timeout" in said else BackupError(said)

    def _script(
        self, pg_restore: Path, dump: Path, psql: IO[bytes], *, old: bool
    ) -> None:
        """The whole of the dump is written to psql, or BackupError."""
        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(  # noqa: S603 - found by tools()  # nosec B603
                [str(pg_restore), "--file=-", "--no-owner", "--no-privileges", dump],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
            assert process.stdout  # noqa: S101 - for mypy  # nosec B101
            with process, process.stdout as script:
                for line in _head(script):
                    if not (old and line == UNKNOWN_BEFORE_17):
                        psql.write(line)
                shutil.copyfileobj(script, psql, CHUNK)
            if process.returncode:
                errors.seek(0)
                raise BackupError(errors.read(2000).decode(errors="replace").strip())

    def _run(self, *command: str) -> None:
        done = subprocess.run(  # noqa: S603 - found by tools()  # nosec B603
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            env=self._environment(),
        )
        if done.returncode:
            raise BackupError(done.stderr.strip()[-2000:] or command[0])

    def _environment(self) -> dict[str, str]:
        """Where the database is, in libpq's own variables.

        Never on the command line, which everybody on the machine can read. Without a
        password there, libpq looks into .pgpass, as it does for the shop.
        """
        variables = {
            option.keyword.decode(): option.envvar.decode()
            for option in psycopg.pq.Conninfo.get_defaults()
            if option.envvar
        }
        parameters = self._connection.get_connection_params()
        return {
            **os.environ,
            "LC_ALL": "C.UTF-8",
            **{
                variables[name]: str(value)
                for name, value in parameters.items()
                if name in variables and value not in {None, ""}
            },
        }


def tools(major: int) -> tuple[Path, int]:
    """The folder of pg_dump, pg_restore and psql of this major version, and theirs.

    The oldest that is not older: an older pg_dump refuses a newer server, as it does
    not know all there is in it.
    """
    known = {folder: version for folder in _folders() if (version := _version(folder))}
    fitting = sorted((version, str(path)) for path, version in known.items())
    for version, folder in fitting:
        if version >= major:
            return Path(folder), version
    if fitting:
        raise BackupError(
            _(
                "pg_dump and pg_restore are %(found)s, and %(server)s or newer is "
                "needed: install the client of PostgreSQL %(server)s, or name its "
                "folder in PG_BIN."
            )
            % {"found": fitting[-1][0], "server": major}
        )
    raise BackupError(
        _(
            "There is no pg_dump, pg_restore and psql: install the client of "
            "PostgreSQL %(server)s, or name its folder in PG_BIN."
        )
        % {"server": major}
    )


def _folders() -> list[Path]:
    if settings.PG_BIN:
        return [Path(settings.PG_BIN)]
    found = [path for place in PLACES for path in Path("/").glob(place.lstrip("/"))]
    on_path = shutil.which("pg_dump")
    return [*found, Path(on_path).parent] if on_path else found


def _version(folder: Path) -> int:
    """The major version of the tools in a folder, 0 if they are not all there."""
    if not all(os.access(folder / tool, os.X_OK) for tool in TOOLS):
        return 0
    told = subprocess.run(  # noqa: S603 - a program of that name  # nosec B603
        [str(folder / "pg_dump"), "--version"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    major = re.search(r"\) (\d+)", told)
    return int(major[1]) if major else 0


def _head(script: IO[bytes]) -> Iterator[bytes]:
    """The lines before the first statement that makes something."""
    for line in script:
        yield line
        if line.startswith(b"CREATE "):
            return
