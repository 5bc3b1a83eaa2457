"""Fixtures of the tests of what agents meet."""

from __future__ import annotations

from datetime import timedelta

import pytest
from eth_utils import keccak, to_checksum_address

from peculium import ChequeBook, GasTerms


@pytest.fixture
def created(checkpoint, new_agent, usdc):
    """An agent under the default mandate, which may also ask and write cheques."""
    terms = {
        "cheque_books": (ChequeBook(usdc.address, 5, 1, timedelta(hours=1)),),
        "max_requests": 2,
        "max_request_age": timedelta(days=1),
        "gas_terms": GasTerms(1, 10, timedelta(days=1)),
    }
    return checkpoint.share("created", lambda: new_agent(**terms))


@pytest.fixture
def names(payee, stranger, principal):
    """An address book."""
    return {"supplier": payee.address, "caterer": stranger.address, "boss": principal.address}


@pytest.fixture
def connected(suite, names, people):
    """Binds an agent's key and wallet to the chain, once in blocking and once in asynchronous form."""

    def connect(agent, key=None, **options):
        return people.Agent(agent.wallet.address, key or agent.agent, suite, **{"names": names, **options})

    return connect


@pytest.fixture
def buyer(created, connected):
    """The shared agent."""
    return connected(created)


@pytest.fixture
def new_usdc(deploy, deployer):
    """Deploys another token with EIP-3009."""
    return lambda: deploy("MockUSDC", deployer.address, deployer.address)


@pytest.fixture
def answering(web3):
    """Puts a contract that answers some functions with fixed data, and reverts for all others, at an address."""

    def install(answers, address="0x" + "99" * 20):
        entries = [(keccak(text=function)[:4], data) for function, data in answers.items()]
        web3.provider.make_request("anvil_setCode", [address, "0x" + code_answering(entries).hex()])
        return to_checksum_address(address)

    return install


def code_answering(entries):
    """EVM code that compares the selector with each entry's, and returns its data from the end of the code."""
    # PUSH1 0, CALLDATALOAD, PUSH1 224, SHR
    head, step, block = bytes.fromhex("60003560e01c"), 11, 16
    first = len(head) + step * len(entries) + 5
    data_at, jumps, blocks = first + block * len(entries), b"", b""
    for number, (selector, data) in enumerate(entries):
        # DUP1, PUSH4, EQ, PUSH2, JUMPI
        jumps += b"\x80\x63" + selector + b"\x14\x61" + (first + block * number).to_bytes(2) + b"\x57"
        # JUMPDEST, PUSH2 length, PUSH2 offset, PUSH1 0, CODECOPY, PUSH2 length, PUSH1 0, RETURN
        length = b"\x61" + len(data).to_bytes(2)
        blocks += b"\x5b" + length + b"\x61" + data_at.to_bytes(2) + b"\x60\x00\x39" + length + b"\x60\x00\xf3"
        data_at += len(data)
    # PUSH1 0, DUP1, REVERT
    return head + jumps + bytes.fromhex("600080fd00") + blocks + b"".join(data for _, data in entries)
