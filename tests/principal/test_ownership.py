"""The principal's money, hand-overs, migration, signatures as the wallet, and the list of agents."""

from __future__ import annotations

import json
from decimal import Decimal
from types import SimpleNamespace

import pytest
from eth_account.messages import encode_typed_data
from eth_utils import keccak, to_checksum_address

from peculium import InvalidInput, Status, WalletCall, errors, send_transaction
from peculium.principal import Principal

TERMS = {"uri": "https://agents.example/9.json", "statement": "I answer for it."}
LETTER = {
    "types": {
        "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "chainId", "type": "uint256"}],
        "Letter": [{"name": "to", "type": "Person"}, {"name": "text", "type": "string"}],
        "Person": [{"name": "name", "type": "string"}],
    },
    "primaryType": "Letter",
    "domain": {"name": "Post", "chainId": 31337},
    "message": {"to": {"name": "payee"}, "text": "We moved."},
}


def heir_topic(heir):
    return bytes.fromhex(heir.address[2:]).rjust(32, b"\0")


def digest_of(data):
    signable = encode_typed_data(full_message=data)
    return keccak(b"\x19\x01" + signable.header + signable.body)


@pytest.fixture
def another(boss, new_mandate, funded, suite):
    """A second agent of the principal."""
    key = funded("second agent")
    made = boss.create_agent(new_mandate(agent_key=key.address), key, **TERMS)
    return SimpleNamespace(wallet=suite.wallet(made.wallet), agent=key)


@pytest.fixture
def heir(stranger, suite):
    """Another principal."""
    return Principal(stranger, suite)


def test_refuses_to_withdraw_an_unknown_token(boss, created):
    with pytest.raises(InvalidInput, match='No token of the mandate calls itself "EUR"'):
        boss.withdraw(created.wallet.address, "EUR", 1)


def test_refuses_to_withdraw_to_an_unknown_name(boss, created):
    with pytest.raises(InvalidInput, match='"savings" isn\'t an address'):
        boss.withdraw(created.wallet.address, "USDC", 1, to="savings")


def test_refusal_to_withdraw_too_much_speaks_of_no_payment(boss, created, usdc):
    with pytest.raises(errors.BalanceTooLow, match=r"holds [\d.]+ USDC.*99999999 USDC were to be withdrawn") as caught:
        boss.withdraw(created.wallet.address, "USDC", 99_999_999)
    assert caught.value.next == "Withdraw less, or all of it with withdraw_all."


def test_refusal_to_withdraw_too_much_native_currency_speaks_of_no_payment(boss, created):
    with pytest.raises(
        errors.BalanceTooLow, match="holds 0 of the native currency; 99999999 of the native currency were"
    ):
        boss.withdraw(created.wallet.address, "native", 99_999_999)


def test_withdraws_to_a_name(people, principal, suite, created, payee, usdc):
    named = people.Principal(principal, suite, names={"savings": payee.address})
    before = usdc.balance(payee.address)
    found = named.withdraw(created.wallet.address, "USDC", "1.5", to="savings")
    assert (found.to, usdc.balance(payee.address) - before) == (payee.address, Decimal("1.5"))
    assert named.withdraw_all(created.wallet.address, "USDC", "savings").to == payee.address


def test_refuses_to_withdraw_from_another_principals_wallet(heir, created):
    with pytest.raises(errors.NotPrincipal, match=created.principal.address):
        heir.withdraw_all(created.wallet.address, "USDC")


def test_refuses_a_wallet_with_approvals_that_were_not_read(boss, heir, created, usdc, payee, now):
    data = usdc.call_data("approve", payee.address, 5)
    boss.execute(created.wallet.address, [WalletCall(usdc.address, data=data)])
    boss.offer(created.wallet.address, heir.address, now() + 3_600)
    with pytest.raises(InvalidInput, match=f"{payee.address} may take token {usdc.address}"):
        heir.accept(created.wallet.address)
    heir.accept(created.wallet.address, approvals=heir.approvals(created.wallet.address))
    assert created.wallet.principal == heir.address


def test_refuses_to_accept_what_is_no_wallet(heir, usdc):
    with pytest.raises(errors.WrongContract, match="isn't an agent's wallet"):
        heir.accept(usdc.address)


def test_refuses_to_migrate_to_the_same_wallet(boss, created):
    salt = next(
        each for each in range(99) if boss.wallet_address(created.agent.address, each) == created.wallet.address
    )
    with pytest.raises(InvalidInput, match="would be the old one"):
        boss.migrate(created.wallet.address, created.agent, salt=salt, **TERMS)


def test_withdraws_to_the_principal_by_default(boss, created, usdc):
    done = boss.withdraw(created.wallet.address, "USDC", "1.5")
    assert usdc.balance(boss.address) == Decimal("1.5")
    assert json.loads(json.dumps(done.as_dict()))["amount"] == "1.5"


def test_withdraws_everything_to_another_account(boss, created, usdc, payee):
    before = usdc.balance(created.wallet.address)
    assert boss.withdraw_all(created.wallet.address, "USDC", payee.address).amount == before
    assert usdc.balance(payee.address) == before


def test_offer_can_be_withdrawn(boss, heir, created, now):
    boss.offer(created.wallet.address, heir.address, now() + 3_600)
    boss.cancel_offer(created.wallet.address)
    with pytest.raises(errors.NotPendingPrincipal):
        heir.accept(created.wallet.address)


def test_lists_its_agents_with_their_status(boss, heir, created, another):
    boss.pause(another.wallet.address)
    found = {each.wallet: each.status for each in boss.agents()}
    assert (found[created.wallet.address], found[another.wallet.address]) == (Status.ACTIVE, Status.PAUSED)
    assert heir.agents() == []


def test_lists_a_wallet_that_was_handed_over_with_its_new_principal(boss, heir, created, now):
    boss.offer(created.wallet.address, heir.address, now() + 3_600)
    heir.accept(created.wallet.address)
    assert [each.wallet for each in heir.agents()] == [created.wallet.address]
    assert created.wallet.address not in [each.wallet for each in boss.agents()]


def test_contract_that_only_claims_to_be_handed_over_is_no_agent(heir, web3, relayer):
    """Any contract can emit the event."""
    topic, nobody = keccak(text="HandedOver(address,address)"), bytes(32)
    push = b"\x7f"
    code = push + heir_topic(heir) + push + nobody + push + topic + bytes.fromhex("60006000a3")
    impostor = to_checksum_address("0x" + "98" * 20)
    web3.provider.make_request("anvil_setCode", [impostor, "0x" + code.hex()])
    receipt = send_transaction(web3, relayer, impostor, b"")
    assert web3.eth.get_transaction_receipt(receipt.transaction)["logs"][0]["topics"][0] == topic
    assert heir.agents() == []


def test_migrates_money_and_mandate_and_revokes_the_old_wallet(boss, created, suite, usdc, payee):
    money = usdc.balance(created.wallet.address)
    done = boss.migrate(created.wallet.address, created.agent, salt=77, **TERMS)
    assert [step.split()[0] for step in done.steps] == ["revoked", "created", *["moved"] * 3]
    assert usdc.balance(done.new) == money
    assert suite.registry.check_wallet(created.wallet.address).status is Status.REVOKED
    suite.wallet(done.new).pay(created.agent, usdc.address, payee.address, 1)


def test_interrupted_migration_is_continued(boss, created, usdc, monkeypatch):
    """What is done isn't done again."""

    def fails(*_, **__):
        raise errors.NodeUnreachable("No answer.")

    with monkeypatch.context() as patched:
        patched.setattr(boss, "withdraw_all", fails)
        with pytest.raises(errors.NodeUnreachable) as caught:
            boss.migrate(created.wallet.address, created.agent, salt=77, **TERMS)
    assert caught.value.__notes__[0].startswith(f"Done so far: revoked {created.wallet.address}; created 0x")
    done = boss.migrate(created.wallet.address, created.agent, salt=77, **TERMS)
    assert [step.split()[0] for step in done.steps] == ["moved"] * 3
    assert boss.migrate(created.wallet.address, created.agent, salt=77, **TERMS).steps == ()


def test_signs_types_in_any_order_of_their_names(boss, created):
    """EIP-712 sorts the types, so the primary one may not be the first."""
    members = [{"name": "item", "type": "Asset"}]
    types = {"EIP712Domain": LETTER["types"]["EIP712Domain"], "Order": members, "Asset": LETTER["types"]["Person"]}
    order = {**LETTER, "types": types, "primaryType": "Order", "message": {"item": {"name": "a chair"}}}
    assert created.wallet.is_valid_signature(digest_of(order), boss.sign_as_wallet(created.wallet.address, order))


def test_signature_as_the_wallet_is_accepted_by_this_wallet_only(boss, created, another):
    signature = boss.sign_as_wallet(created.wallet.address, LETTER)
    digest = digest_of(LETTER)
    assert created.wallet.is_valid_signature(digest, signature)
    assert not another.wallet.is_valid_signature(digest, signature)
    changed = digest_of({**LETTER, "message": {"to": {"name": "payee"}, "text": "We stayed."}})
    assert not created.wallet.is_valid_signature(changed, signature)
