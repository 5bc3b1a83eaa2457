"""Agent keys of every kind: secp256k1, contracts (ERC-1271), and whatever a verifier checks (ERC-7913), such as P-256."""

from __future__ import annotations

from dataclasses import replace

import pytest
from Crypto.PublicKey import ECC
from Crypto.Signature import DSS
from eth_utils import keccak

from peculium import VerifiedKey
from peculium import exceptions as errors
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class Digest:
    """Thirty-two bytes that are hashed already, in the form that the signer takes."""

    oid = "2.16.840.1.101.3.4.2.1"
    digest_size = 32

    def __init__(self, digest):
        self.digest = lambda: digest


@pytest.fixture
def verifier(checkpoint, deploy):
    """The verifier of the suite."""
    return checkpoint.share("verifier", lambda: deploy("P256Verifier").address)


@pytest.fixture
def enclave(verifier):
    """A P-256 key, as an enclave would keep it."""
    return key_of(verifier, "enclave")


def key_of(verifier, name):
    """A P-256 key by its name. Signatures have a low s, which OpenZeppelin's P256 demands."""
    secret = ECC.construct(curve="P-256", d=int.from_bytes(keccak(text=name)) % ORDER)

    def sign(digest):
        own = DSS.new(secret, "fips-186-3").sign(Digest(digest))
        s = int.from_bytes(own[32:])
        return own[:32] + min(s, ORDER - s).to_bytes(32)

    point = secret.public_key().pointQ
    return VerifiedKey(verifier, int(point.x).to_bytes(32) + int(point.y).to_bytes(32), sign)


@pytest.fixture
def created(checkpoint, new_agent, enclave):
    """An agent with such a key: it has signed the mandate."""
    return checkpoint.share("created", lambda: new_agent(key=enclave))


@pytest.fixture
def signed(created, usdc, payee, now):
    """A payment of a dollar, signed by a key."""
    terms = {"deadline": now() + DAY, "nonce": 1}
    return lambda key: created.wallet.sign_action(key, "pay", usdc.address, payee.address, 1, **terms)


def test_a_key_in_an_enclave_pays(created, signed, enclave, relayer, usdc, payee):
    created.wallet.act(relayer, signed(enclave))
    assert usdc.balance(payee.address) == 1
    assert created.wallet.grant().agent_key == enclave.address


def test_another_key_is_refused(created, signed, verifier, relayer, stranger):
    """On whichever side of the agent key its address is."""
    others = [key_of(verifier, f"another {i}") for i in range(8)]
    above = [int(each.address, 16) > int(created.agent.address, 16) for each in others]
    assert len(set(above)) == 2
    for other in (*others, stranger):
        with refuses(errors.BadAgentSignature, agent_key=created.agent.address):
            created.wallet.act(relayer, signed(other))


def test_another_verifier_makes_another_key(created, signed, enclave, deploy, relayer):
    """A verifier that says yes to everything is worth nothing: its address is part of the key."""
    lying = deploy("MockContractPrincipal", relayer.address).address
    forged = replace(enclave, verifier=lying, sign=lambda digest: b"")
    assert forged.address != enclave.address
    with refuses(errors.BadAgentSignature):
        created.wallet.act(relayer, signed(forged))


@pytest.mark.parametrize(
    "change", ["no signature", "cut short", "longer signer", "shorter signer", "no key", "flipped"]
)
def test_a_signature_that_was_tampered_with_is_refused(change, created, signed, enclave, relayer):
    """D05."""
    action = signed(enclave)
    good = action.signature
    bad = {
        "no signature": good[: 2 + len(enclave.signer)],
        "cut short": good[:-1],
        "longer signer": (85).to_bytes(2) + good[2:],
        "shorter signer": (83).to_bytes(2) + good[2:],
        "no key": (20).to_bytes(2) + good[2:22],
        "flipped": good[:-1] + bytes([good[-1] ^ 1]),
    }[change]
    with refuses(errors.BadAgentSignature):
        created.wallet.act(relayer, replace(action, signature=bad))


@pytest.mark.parametrize("length", [0xFFFE, 0xFFFF])
@pytest.mark.parametrize("size", [2, 65, 200])
def test_a_signature_that_claims_more_than_16_bits_can_count_is_refused_by_name(
    length, size, created, signed, enclave, relayer
):
    """It once ended in an overflow: what checks signatures never fails, whatever they are."""
    action = signed(enclave)
    with refuses(errors.BadAgentSignature, agent_key=enclave.address):
        created.wallet.act(relayer, replace(action, signature=length.to_bytes(2) + bytes(size - 2)))


@pytest.fixture
def credulous(web3):
    """A verifier that takes anything, as ERC-7913 says it: for keys that say all by themselves."""
    address = web3.to_checksum_address(f"0x{0xC4ED00:040x}")
    web3.provider.make_request("anvil_setCode", [address, "0x63024ad31860e01b60005260206000f3"])
    return address


def test_a_key_of_one_byte_and_a_signature_of_none_are_the_verifiers_to_judge(
    credulous, created, replace_mandate, signed, relayer, usdc, payee
):
    key = VerifiedKey(credulous, b"\1", lambda digest: b"")
    replace_mandate(created, agent_key=key.address)
    created.wallet.act(relayer, signed(key))
    assert usdc.balance(payee.address) == 1


def test_a_verifier_without_a_key_is_refused_though_it_would_sign_as_a_contract(
    created, replace_mandate, signed, deploy, relayer
):
    """What is left would be ERC-1271 at an address of the signer's choice."""
    contract = deploy("MockContractPrincipal", relayer.address)
    contract.send(relayer, "setBehavior", 1)
    key = VerifiedKey(contract.address, b"", lambda digest: b"anything")
    replace_mandate(created, agent_key=key.address)
    with refuses(errors.BadAgentSignature, agent_key=key.address):
        created.wallet.act(relayer, signed(key))


def test_a_high_s_is_refused(created, signed, enclave, relayer):
    """D07."""
    action = signed(enclave)
    high = (ORDER - int.from_bytes(action.signature[-32:])).to_bytes(32)
    with refuses(errors.BadAgentSignature):
        created.wallet.act(relayer, replace(action, signature=action.signature[:-32] + high))


def test_replaced_key_is_void_immediately(created, signed, enclave, relayer, new_mandate, usdc, payee, now, agent):
    """Rotation."""
    before = signed(enclave)
    mandate = new_mandate(agent_key=agent.address).replacing(created.wallet.last_mandate_hash)
    created.wallet.set_mandate(created.principal, mandate)
    for stale in (before, signed(enclave)):
        with refuses(errors.BadAgentSignature, agent_key=agent.address):
            created.wallet.act(relayer, stale)
    created.wallet.pay(agent, usdc.address, payee.address, 1)


@pytest.fixture
def firm(deploy, agent):
    """A contract whose owner is the agent's key: it checks signatures by ERC-1271, and makes calls."""
    return deploy("MockContractPrincipal", agent.address)


@pytest.fixture
def of_a_contract(new_agent, firm, agent):
    """An agent whose key is a contract."""

    class Key:
        """Signs for the contract."""

        address = firm.address
        sign_message = staticmethod(agent.sign_message)

    return new_agent(key=Key())


def test_a_contract_signs_and_sends(of_a_contract, firm, agent, relayer, usdc, payee, now):
    wallet = of_a_contract.wallet
    action = wallet.sign_action(agent, "pay", usdc.address, payee.address, 1, deadline=now() + DAY)
    wallet.act(relayer, action)
    data = wallet.call_data("pay", usdc.address, payee.address, 10**6, bytes(32))
    firm.send(agent, "execute", wallet.address, 0, data)
    assert usdc.balance(payee.address) == 2


def test_a_contracts_owner_is_not_the_key_itself(of_a_contract, firm, agent, usdc, payee):
    with refuses(errors.NotAgentKey, caller=agent.address, agent_key=firm.address):
        of_a_contract.wallet.pay(agent, usdc.address, payee.address, 1)


def test_a_contract_that_takes_its_word_back_ends_its_agent(
    of_a_contract, firm, agent, stranger, relayer, usdc, payee, now
):
    wallet = of_a_contract.wallet
    action = wallet.sign_action(agent, "pay", usdc.address, payee.address, 1, deadline=now() + DAY)
    firm.send(agent, "setOwner", stranger.address)
    with refuses(errors.BadAgentSignature, agent_key=firm.address):
        wallet.act(relayer, action)
