"""`peculium use`: choose network and account."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import click

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command
from peculium.cli.keys import keystore_path
from peculium.cli.profiles import NAME, Profile, load_profile, profiles, save_profile, set_current
from peculium.deployments import network as known_network
from peculium.errors import InvalidInput
from peculium.network import URLS

LOCAL = ("127.0.0.1", "localhost", "::1")


@command(chain=False)
@click.argument("network")
@click.option("--rpc", metavar="URL", help="The node of a known network. Default: its environment variable.")
@click.option("--account", metavar="NAME|FILE", help="The keystore that signs.")
@click.option("--safe", metavar="ADDRESS", help="The Safe that is the principal. - for none.")
@click.option("--as", "as_name", metavar="NAME", help="The profile's name. Default: that of the network.")
def use(
    caller: Caller, network: str, rpc: str | None, account: str | None, safe: str | None, as_name: str | None
) -> Answer:
    """Choose the network and the account of the commands that follow.

    NETWORK is a known network such as base-sepolia, the URL of a node, or the name of a profile that exists. What isn't given
    stays as it was.
    """
    name = as_name or _name_of(network)
    profile = load_profile(name) if name in profiles() else Profile(name)
    if as_name or network not in profiles():
        if not network.startswith(URLS):
            known_network(network)
        profile = replace(profile, network=network, rpc=rpc or (profile.rpc if profile.network == network else None))
    elif rpc:
        profile = replace(profile, rpc=rpc)
    if account:
        keystore_path(account)
        profile = replace(profile, account=account, key_file=None)
    if safe:
        profile = replace(profile, safe=None if safe == "-" else caller.address(safe))
    save_profile(profile)
    set_current(profile.name)
    signer = profile.account or profile.key_file
    text = f"Commands use the profile {profile.name}: network {shown_network(profile.network)}, account {signer or 'none yet'}."
    following = "peculium doctor" if signer else f"peculium account new NAME, then peculium use {name} --account NAME"
    return Answer(profile, [text], following)


def _name_of(network: str) -> str:
    if not network.startswith(URLS):
        return network
    host = urlsplit(network).hostname or ""
    name = "local" if host in LOCAL else host
    if not NAME.fullmatch(name):
        raise InvalidInput("Give the profile a name: --as NAME")
    return name


def shown_network(network: str | None) -> str:
    """Returns a network as it may be shown: of a URL only the host, because the path may be a key."""
    if network is None or not network.startswith(URLS):
        return str(network)
    return urlsplit(network).netloc.rpartition("@")[2]
