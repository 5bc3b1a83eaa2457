"""Kinds of agent keys: secp256k1, contracts (ERC-1271), and keys with a verifier (ERC-7913), such as P-256."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from Crypto.PublicKey import ECC
from Crypto.Signature import DSS
from eth_utils import keccak

from peculium import Pay, VerifiedKey, errors
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class Digest:
    """A finished digest of 32 bytes, in the form that the signer takes."""

    oid = "2.16.840.1.101.3.4.2.1"
    digest_size = 32

    def __init__(self, digest):
        self.digest = lambda: digest


@pytest.fixture
def verifier(checkpoint, deploy):
    """The address of the P-256 verifier."""
    return checkpoint.share("verifier", lambda: deploy("P256Verifier").address)


@pytest.fixture
def p256_key(verifier):
    """A P-256 key, such as a secure enclave holds."""
    return key_of(verifier, "enclave")


def key_of(verifier, name):
    """A P-256 key, derived from a name. Like one in hardware it signs with either s."""
    secret = ECC.construct(curve="P-256", d=int.from_bytes(keccak(text=name)) % ORDER)

    def sign(digest):
        return DSS.new(secret, "fips-186-3").sign(Digest(digest))

    point = secret.public_key().pointQ
    return VerifiedKey(verifier, int(point.x).to_bytes(32) + int(point.y).to_bytes(32), sign)


@pytest.fixture
def created(checkpoint, new_agent, p256_key):
    """An agent whose key is the P-256 key."""
    return checkpoint.share("created", lambda: new_agent(key=p256_key))


@pytest.fixture
def signed(created, usdc, payee, now):
    """Signs a payment of one dollar with a key."""
    terms = {"deadline": now() + DAY, "nonce": 1}
    return lambda key: created.wallet.sign_action(key, Pay(usdc.address, payee.address, 1), **terms)


def test_refuses_a_signature_by_another_key(created, signed, verifier, relayer, stranger):
    """Their addresses lie above and below the agent key."""
    keys = (key_of(verifier, f"another {i}") for i in itertools.count())
    others = {}
    while len(others) < 2:
        key = next(keys)
        others[int(key.address, 16) > int(created.agent.address, 16)] = key
    for other in (*others.values(), stranger):
        with refuses(errors.BadAgentSignature, agent_key=created.agent.address):
            created.wallet.act(relayer, signed(other))


@pytest.mark.parametrize("half", ["high", "low"])
def test_accepts_either_s_of_a_p256_signature(half, created, signed, p256_key, relayer, usdc, payee):
    """Keys in hardware return either; the contract takes the lower one."""

    def sign(digest):
        raw = p256_key.sign(digest)
        s = int.from_bytes(raw[32:])
        return raw[:32] + (max if half == "high" else min)(s, ORDER - s).to_bytes(32)

    created.wallet.act(relayer, signed(replace(p256_key, sign=sign)))
    assert usdc.balance(payee.address) == 1


def test_refuses_the_same_key_with_another_verifier(created, signed, p256_key, deploy, relayer):
    """The verifier's address is part of the key, so a verifier that accepts everything does not help."""
    accepting_verifier = deploy("MockContractPrincipal", relayer.address).address
    forged = replace(p256_key, verifier=accepting_verifier, sign=lambda digest: b"")
    assert forged.address != p256_key.address
    with refuses(errors.BadAgentSignature):
        created.wallet.act(relayer, signed(forged))


@pytest.mark.parametrize(
    "change", ["no signature", "cut short", "longer signer", "shorter signer", "no key", "flipped"]
)
def test_refuses_a_tampered_signature(change, created, signed, p256_key, relayer):
    """D05."""
    action = signed(p256_key)
    valid = action.signature
    tampered = {
        "no signature": valid[: 2 + len(p256_key.signer)],
        "cut short": valid[:-1],
        "longer signer": (85).to_bytes(2) + valid[2:],
        "shorter signer": (83).to_bytes(2) + valid[2:],
        "no key": (20).to_bytes(2) + valid[2:22],
        "flipped": valid[:-1] + bytes([valid[-1] ^ 1]),
    }[change]
    with refuses(errors.BadAgentSignature):
        created.wallet.act(relayer, replace(action, signature=tampered))


@pytest.mark.parametrize("length", [0xFFFE, 0xFFFF])
@pytest.mark.parametrize("size", [2, 65, 200])
def test_refuses_a_signer_length_near_the_16_bit_maximum(length, size, created, signed, p256_key, relayer):
    """The check of a signature must not overflow: it returns a result for any bytes."""
    action = signed(p256_key)
    with refuses(errors.BadAgentSignature, agent_key=p256_key.address):
        created.wallet.act(relayer, replace(action, signature=length.to_bytes(2) + bytes(size - 2)))


@pytest.mark.parametrize("code", ["0x00", "0x60006000fd"], ids=["answers nothing", "reverts"])
def test_verified_key_stays_good_when_its_address_has_code(code, created, signed, p256_key, relayer, web3, usdc, payee):
    """I36. The verifier is asked before code is looked at."""
    action = signed(p256_key)
    web3.provider.make_request("anvil_setCode", [p256_key.address, code])
    created.wallet.act(relayer, action)
    assert usdc.balance(payee.address) == 1


def test_refuses_a_verified_key_as_a_principal(suite, p256_key, agent, relayer, stranger, now):
    """Only agent keys may have a verifier: a principal signs with its key or by ERC-1271."""
    wallet = suite.wallet(suite.factory.create_wallet(stranger, p256_key.address, agent.address, 5).wallet)
    deadline = now() + DAY
    signature = p256_key.sign_typed_data(wallet.execute_typed_data([], 0, deadline))
    with refuses(errors.BadPrincipalSignature, principal=p256_key.address):
        wallet.execute_signed(relayer, [], 0, deadline, signature)


@pytest.fixture
def permissive_verifier(web3):
    """An ERC-7913 verifier that accepts any key and signature."""
    address = web3.to_checksum_address(f"0x{0xC4ED00:040x}")
    web3.provider.make_request("anvil_setCode", [address, "0x63024ad31860e01b60005260206000f3"])
    return address


def test_refuses_a_verifier_without_a_key(created, replace_mandate, signed, deploy, relayer):
    """An ERC-7913 signer without a key would be an ERC-1271 signer at an address of the attacker's choice."""
    contract = deploy("MockContractPrincipal", relayer.address)
    contract.send(relayer, "setBehavior", 1)
    key = VerifiedKey(contract.address, b"", lambda digest: b"anything")
    replace_mandate(created, agent_key=key.address)
    with refuses(errors.BadAgentSignature, agent_key=key.address):
        created.wallet.act(relayer, signed(key))


def test_refuses_a_high_s(created, signed, p256_key, relayer):
    """D07."""
    action = signed(p256_key)
    high = (ORDER - int.from_bytes(action.signature[-32:])).to_bytes(32)
    with refuses(errors.BadAgentSignature):
        created.wallet.act(relayer, replace(action, signature=action.signature[:-32] + high))


def test_replaced_key_is_void_immediately(created, signed, p256_key, relayer, new_mandate, usdc, payee, now, agent):
    """The principal rotates the agent key."""
    before = signed(p256_key)
    mandate = new_mandate(agent_key=agent.address).in_round(created.wallet.round)
    created.wallet.set_mandate(created.principal, mandate)
    for stale in (before, signed(p256_key)):
        with refuses(errors.BadAgentSignature, agent_key=agent.address):
            created.wallet.act(relayer, stale)
    created.wallet.pay(agent, usdc.address, payee.address, 1)


@pytest.fixture
def contract_key(deploy, agent):
    """A contract owned by the agent. It checks signatures by ERC-1271 and makes calls."""
    return deploy("MockContractPrincipal", agent.address)


@pytest.fixture
def agent_of_contract(new_agent, contract_key, agent):
    """An agent whose key is the contract."""

    class Key:
        """Signs for the contract."""

        address = contract_key.address
        sign_message = staticmethod(agent.sign_message)

    return new_agent(key=Key())


def test_refuses_the_owner_of_a_contract_key(agent_of_contract, contract_key, agent, usdc, payee):
    with refuses(errors.NotAgentKey, caller=agent.address, agent_key=contract_key.address):
        agent_of_contract.wallet.pay(agent, usdc.address, payee.address, 1)


def test_signature_is_void_after_the_contract_key_changes_its_owner(
    agent_of_contract, contract_key, agent, stranger, relayer, usdc, payee, now
):
    wallet = agent_of_contract.wallet
    action = wallet.sign_action(agent, Pay(usdc.address, payee.address, 1), deadline=now() + DAY)
    contract_key.send(agent, "setOwner", stranger.address)
    with refuses(errors.BadAgentSignature, agent_key=contract_key.address):
        wallet.act(relayer, action)


def test_p256_key_pays_through_a_relayer(created, signed, p256_key, relayer, usdc, payee):
    created.wallet.act(relayer, signed(p256_key))
    assert usdc.balance(payee.address) == 1
    assert created.wallet.grant().agent_key == p256_key.address


def test_contract_key_signs_and_sends(agent_of_contract, contract_key, agent, relayer, usdc, payee, now):
    wallet = agent_of_contract.wallet
    action = wallet.sign_action(agent, Pay(usdc.address, payee.address, 1), deadline=now() + DAY)
    wallet.act(relayer, action)
    data = wallet.call_data("pay", usdc.address, payee.address, 10**6, bytes(32))
    contract_key.send(agent, "execute", wallet.address, 0, data)
    assert usdc.balance(payee.address) == 2


def test_verifier_may_accept_a_one_byte_key_and_an_empty_signature(
    permissive_verifier, created, replace_mandate, signed, relayer, usdc, payee
):
    key = VerifiedKey(permissive_verifier, b"\1", lambda digest: b"")
    replace_mandate(created, agent_key=key.address)
    created.wallet.act(relayer, signed(key))
    assert usdc.balance(payee.address) == 1
