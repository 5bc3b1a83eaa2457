"""Runs commands as a shell does, in this process."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from peculium import Request
from peculium.cli.folders import config_folder, write_private
from peculium.cli.profiles import Profile, load_profile, save_profile, set_current
from peculium.cli.run import run
from peculium.deployments.deploy import deploy_suite
from peculium.devnet import suite_artifacts


@dataclass(frozen=True)
class Ran:
    """A command that ended."""

    exit: int
    out: str
    talk: str

    @property
    def json(self) -> Any:
        """The answer for programs."""
        return json.loads(self.out)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """The folder of profiles and keystores, empty; no account is named by the environment, and ape has none."""
    for name in ("PECULIUM_KEY", "PECULIUM_PASSPHRASE", "PECULIUM_PROFILE", "PECULIUM_DEBUG", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PECULIUM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("APE_DATA_FOLDER", str(tmp_path / "ape"))
    return tmp_path / "home"


@pytest.fixture
def peculium(capsys):
    """Runs `peculium` with these arguments, without a terminal."""

    def call(*arguments: Any) -> Ran:
        capsys.readouterr()
        code = run([str(each) for each in arguments])
        out, talk = capsys.readouterr()
        return Ran(code, out, talk)

    return call


# The chain, as the commands see it


@pytest.fixture(scope="module")
def suite(web3, deployer):
    """The suite at the addresses of the package, where the commands look for it."""
    return deploy_suite(web3, deployer, suite_artifacts()).suite


@pytest.fixture
def created(checkpoint, new_agent):
    """An agent whose mandate also allows requests."""
    terms = {"max_requests": 3, "max_request_age": timedelta(days=1)}
    return checkpoint.share("created", lambda: new_agent(**terms))


@pytest.fixture
def key_file(home):
    """Writes the private key of an account to a file, as scripts have it."""

    def write(account):
        path = config_folder() / "keys" / f"{account.address[:10]}.key"
        write_private(path, "0x" + account.key.hex().removeprefix("0x") + "\n")
        return path

    return write


@pytest.fixture
def profile(home, node_url, suite, usdc, principal, payee, stranger, guardian, key_file):
    """The principal's profile for the chain of the tests. Returns a function that gives addresses names in it."""
    known = {"payee": payee.address, "guardian": guardian.address}
    save_profile(Profile("test", node_url, key_file=str(key_file(principal)), names=known))
    set_current("test")

    def name(**names):
        kept = load_profile("test")
        save_profile(replace(kept, names={**kept.names, **names}))

    return name


@pytest.fixture
def bot(profile, created):
    """The shared agent; commands find its wallet as `bot`."""
    profile(bot=created.wallet.address)
    return created


@pytest.fixture
def ask(bot, usdc, stranger, now):
    """The agent asks for a payment."""

    def make(amount=7, slot=0, payee=stranger.address, ref="INV-42"):
        request = Request(usdc.address, payee, amount, now() + 3_600, ref)
        bot.wallet.request_payment(bot.agent, slot, request)

    return make
