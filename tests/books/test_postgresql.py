"""The same ledger in PostgreSQL: that of `PECULIUM_TEST_POSTGRESQL`, or one that the test starts with Debian's package."""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from peculium import InvalidInput
from peculium.devnet.anvil import rpc
from peculium.ledger import Ledger
from verification.testing.snapshots import revert

pytestmark = pytest.mark.slow
URL = "PECULIUM_TEST_POSTGRESQL"
"""An empty database, such as postgresql://user@host/name."""


@pytest.fixture(scope="module")
def url():
    """The URL of an empty database."""
    pytest.importorskip("psycopg", reason="the driver isn't installed: pip install 'psycopg[binary]'")
    if os.environ.get(URL):
        yield os.environ[URL]
        return
    initdb = shutil.which("initdb") or next(iter(sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))), None)
    if initdb is None:
        pytest.skip(f"PostgreSQL isn't installed: apt install postgresql, or set {URL}")
    # PostgreSQL refuses to run as root. Debian's package has a user for it.
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="peculium-pg-") as folder:
        if user:
            shutil.chown(folder, user)
        yield from _started(Path(initdb).parent, Path(folder), user)


def _started(binaries, folder, user):
    data, name = folder / "data", user or pwd.getpwuid(os.geteuid()).pw_name

    def run(program, *arguments):
        command = [str(binaries / program), *map(str, arguments)]
        subprocess.run(command, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL, timeout=120)

    run("initdb", "-D", data, "--auth=trust", "--no-sync", "-U", name)
    # Only a socket in this folder: no port can be taken.
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    run("pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start")
    try:
        yield f"postgresql://{name}@/postgres?host={folder}"
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


@pytest.fixture
def shared(url, suite, created):
    """A ledger in the database, emptied afterwards."""
    from peculium.ledger.schema import metadata

    with Ledger.open(url) as ledger:
        ledger.follow(suite, [created.wallet.address])
        yield ledger
        metadata.drop_all(ledger._store.engine)


def content(ledger):
    """All that the rows say, but for their numbers and names."""
    unnamed = {"id": None, "wallet_name": None, "party_name": None, "principal_name": None}
    return [{**row.as_dict(), **unnamed} for row in ledger.rows(unlisted=True)]


def test_a_database_that_is_not_there_is_named_without_its_password():
    with pytest.raises(InvalidInput, match="can't be opened") as raised:
        Ledger.open("postgresql://me:secret@127.0.0.1:1/nowhere")
    assert "secret" not in str(raised.value)


def test_the_rows_are_those_of_sqlite(life, shared, ledger):
    life.all()
    shared.update()
    ledger.update()
    assert content(shared) == content(ledger)
    assert all(each.balances for each in shared.balance())
    ours, others = ([each.as_dict() for each in found.by_payee()] for found in (ledger, shared))
    assert [{**each, "name": None} for each in ours] == others


def test_amounts_of_256_bits_are_exact(created, shared, deploy, relayer):
    token = deploy("MockStablecoin", "Large", "LRG", 18)
    token.send(relayer, "mint", created.wallet.address, 2**256 - 1)
    shared.update()
    (row,) = (row for row in shared.rows(unlisted=True) if row.token == token.address)
    assert row.base_units == 2**256 - 1


def test_a_reorganization_is_undone_and_a_second_process_changes_nothing(buyer, shared, url, suite, web3):
    shared.update()
    snapshot = rpc(web3, "evm_snapshot")
    buyer.pay("USDC", "supplier", 1, ref="goes")
    shared.update()
    revert(web3, snapshot)
    buyer.pay("USDC", "supplier", 2, ref="comes")
    with Ledger.open(url) as other:
        other.follow(suite)
        shared.update(progress=lambda _: other.update())
    shared.update()
    assert [row.text for row in shared.rows(path="direct")] == ["comes"]
    assert all(each.balances for each in shared.balance())
