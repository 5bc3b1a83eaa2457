"""The accounts of principals: keystores, signers elsewhere, and a Safe of which two of three owners sign."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from eth_account import Account

from peculium import (
    Contract,
    CredentialStatus,
    InvalidInput,
    Issuer,
    OrderKind,
    Status,
    canonical,
    check,
    errors,
    verify_evidence,
)
from peculium.accounts import ExternalSigner, Safe, open_keystore
from peculium.devnet.contracts import create_contract
from peculium.errors import SignaturesMissing
from peculium.principal import Principal
from verification.canonical import identity_registry

TERMS = {"uri": "https://agents.example/9.json", "statement": "I answer for it."}


# A key in a file


@pytest.fixture
def keystore(tmp_path, principal):
    """The principal's key in an encrypted file with weak parameters, so that the test is fast."""
    path = tmp_path / "key.json"
    path.write_text(json.dumps(Account.encrypt(principal.key, "right", kdf="pbkdf2", iterations=2)))
    return path


def test_refuses_a_wrong_password(keystore):
    with pytest.raises(InvalidInput, match=r"The password of the keystore .* is wrong"):
        open_keystore(keystore, "wrong")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"crypto": {}}', '{"version": 3, "crypto": {"kdf": "x"}}'])
def test_refuses_a_file_that_is_no_keystore(tmp_path, content):
    path = tmp_path / "key.json"
    path.write_text(content)
    with pytest.raises(InvalidInput, match=r"isn't an encrypted keystore|is damaged|can't be decrypted"):
        open_keystore(path, "right")


def test_refuses_a_file_that_does_not_exist(tmp_path):
    with pytest.raises(InvalidInput, match="can't be read"):
        open_keystore(tmp_path / "nothing", "right")


def test_key_of_a_keystore_acts(keystore, suite, created):
    boss = Principal(open_keystore(keystore, "right"), suite)
    assert boss.pause(created.wallet.address).kind is OrderKind.PAUSE


@pytest.mark.parametrize("key", ["0x12", "hunter2"])
def test_refuses_a_malformed_key_and_never_shows_it(suite, key):
    with pytest.raises(InvalidInput, match="no private key") as caught:
        Principal(key, suite)
    assert key not in str(caught.value)


# A key elsewhere


@pytest.fixture
def elsewhere(principal, suite):
    """Binds the principal's key as one that only signs typed data."""

    def bind(payer, sign=None):
        def by_key(data):
            return "0x" + principal.sign_typed_data(full_message=data).signature.hex()

        return Principal(ExternalSigner(principal.address, sign or by_key, payer), suite)

    return bind


def test_signer_without_a_payer_says_who_is_missing(elsewhere, created):
    with pytest.raises(InvalidInput, match="Pass payer="):
        elsewhere(None).pause(created.wallet.address)


def test_refuses_what_only_the_principals_own_transaction_can_do(elsewhere, relayer, guardian):
    with pytest.raises(InvalidInput, match="setGuardian must be sent by"):
        elsewhere(relayer).appoint_guardian(guardian.address)


def test_signature_of_another_key_moves_nothing(elsewhere, relayer, created, stranger, usdc):
    boss = elsewhere(relayer, lambda data: stranger.sign_typed_data(full_message=data).signature)
    with pytest.raises(errors.BadPrincipalSignature):
        boss.withdraw(created.wallet.address, "USDC", 1)


def test_signer_elsewhere_sees_the_same_refusals(elsewhere, relayer, created):
    with pytest.raises(errors.TokenError):
        elsewhere(relayer).withdraw(created.wallet.address, "USDC", 10**9)


def test_signer_elsewhere_grants_decides_stops_and_withdraws(elsewhere, relayer, created, request_of, suite, usdc):
    boss, wallet = elsewhere(relayer), created.wallet
    boss.approve(wallet.address, request_of(7))
    boss.grant(wallet.address, created.mandate)
    boss.withdraw(wallet.address, "USDC", 1)
    assert usdc.balance(boss.address) == 1
    boss.pause(wallet.address)
    boss.revoke_all()
    assert suite.registry.check_wallet(wallet.address).status is Status.REVOKED


def test_signer_elsewhere_creates_an_agent(elsewhere, relayer, new_mandate, funded, suite):
    key = funded("agent")
    made = elsewhere(relayer).create_agent(new_mandate(agent_key=key.address), key, **TERMS)
    assert suite.registry.check_wallet(made.wallet).active


# A Safe


@pytest.fixture
def of_safe(safe, safe_address, suite, new_mandate, funded, owners, deploy, usdc, deployer):
    """An agent whose principal is the Safe: its wallet, and its key."""
    key = funded("agent of the Safe")
    mandate = new_mandate(
        principal=safe_address, agent_key=key.address, max_requests=1, max_request_age=timedelta(days=1)
    )
    made = Principal(safe(*owners[:2]), suite).create_agent(mandate, key, **TERMS)
    usdc.send(deployer, "mint", made.wallet, 100 * 10**6)
    return made.wallet, key


@pytest.fixture
def board(safe, suite):
    """Binds a principal to the Safe with the keys of some owners."""
    return lambda *keys, **options: Principal(safe(*keys, **options), suite)


def test_refuses_the_signature_of_a_key_that_owns_no_part(board, of_safe, owners, stranger):
    with pytest.raises(InvalidInput, match=f"{stranger.address} is no owner of the Safe"):
        board(owners[0], stranger).pause(of_safe[0])


def test_refuses_an_owner_that_is_none_at_a_file(board, safe, of_safe, owners, stranger):
    with pytest.raises(SignaturesMissing) as waiting:
        board(owners[0]).pause(of_safe[0])
    with pytest.raises(InvalidInput, match="is no owner"):
        safe().sign_file(waiting.value.file, stranger)


def test_one_signature_waits_for_the_others(board, of_safe, owners, suite):
    with pytest.raises(SignaturesMissing, match="1 of 2 are there") as waiting:
        board(owners[0]).revoke(of_safe[0])
    assert waiting.value.missing == (owners[1].address, owners[2].address)
    assert waiting.value.as_dict()["need"] == 2
    assert suite.registry.check_wallet(of_safe[0]).active


def test_file_is_what_the_transaction_builder_imports(board, of_safe, owners, suite):
    with pytest.raises(SignaturesMissing) as waiting:
        board(owners[0]).revoke(of_safe[0])
    content = json.loads(Path(waiting.value.file).read_text())
    (transaction,) = content["transactions"]
    assert (content["version"], content["chainId"]) == ("1.0", str(suite.web3.eth.chain_id))
    assert transaction["to"] == suite.switch.address
    assert transaction["data"] == suite.switch.call_data("revoke", board().address, of_safe[0])


def test_forged_signature_in_the_file_does_not_count(board, of_safe, owners):
    with pytest.raises(SignaturesMissing) as waiting:
        board(owners[0]).revoke(of_safe[0])
    content = json.loads(Path(waiting.value.file).read_text())
    content["signatures"][owners[1].address] = content["signatures"][owners[0].address]
    Path(waiting.value.file).write_text(json.dumps(content))
    with pytest.raises(SignaturesMissing, match="1 of 2 are there"):
        board(owners[0]).revoke(of_safe[0])


def test_second_owner_signs_the_file_and_the_same_call_executes(board, safe, of_safe, owners, suite, relayer):
    with pytest.raises(SignaturesMissing) as waiting:
        board(owners[2]).revoke(of_safe[0])
    safe().sign_file(waiting.value.file, owners[1])
    board(payer=relayer).revoke(of_safe[0])
    assert suite.registry.check_wallet(of_safe[0]).status is Status.REVOKED


def test_refusal_of_the_inner_call_comes_before_any_signature(board, of_safe, owners):
    with pytest.raises(errors.TokenError):
        board(owners[0]).withdraw(of_safe[0], "USDC", 10**9)


def test_two_owners_grant_withdraw_and_stop(board, of_safe, owners, suite, usdc):
    boss, (wallet, _) = board(*owners), of_safe
    boss.grant(wallet, boss.mandate(wallet))
    boss.withdraw(wallet, "USDC", 1)
    assert usdc.balance(boss.address) == 1
    boss.revoke_all()
    assert suite.registry.check_wallet(wallet).status is Status.REVOKED


def test_order_signed_by_two_owners_is_submitted_by_anybody(board, of_safe, owners, suite, stranger):
    order = board(*owners).sign_order(OrderKind.PAUSE, of_safe[0])
    Principal(stranger, suite).submit_order(order)
    assert suite.registry.check_wallet(of_safe[0]).status is Status.PAUSED


def test_safe_at_an_address_without_one_is_refused(suite, stranger, owners):
    with pytest.raises(errors.NoContractHere):
        Principal(Safe(stranger.address, suite, owners=owners), suite).revoke_all()


def test_a_safe_issues_and_revokes_credentials(safe, owners, suite, principal, now):
    auditor = Issuer(safe(*owners[:2]), suite)
    issued = auditor.issue(principal.address, "audit", valid_from=now(), valid_until=now() + 3_600)
    assert suite.credentials.has_live(principal.address, issued.signed.credential.schema, [auditor.address])
    auditor.revoke(issued)
    assert auditor.status(issued.signed) is CredentialStatus.REVOKED


def test_the_evidence_of_an_agent_of_a_safe_holds(of_safe, suite):
    """The Safe's signatures are those of its owners, which only the chain can verify."""
    evidence = json.loads(json.dumps(check(of_safe[0], suite).as_evidence()))
    report = verify_evidence(evidence, suite).require()
    assert any("principal has signed the mandate: by a contract" in each for each in report.open)
    assert any("The registry says" in each for each in report.shown)


def test_a_safe_registers_and_binds_a_canonical_agent(safe, of_safe, owners, suite, web3, deployer):
    abi, init_code = identity_registry()
    registry = create_contract(web3, deployer, abi, init_code, kind=Contract).address
    account = safe(*owners[:2])
    made = canonical.register(suite, account, "A", "B", registry=registry)
    done = canonical.bind(suite, account, made.reference, of_safe[0], registry=registry)
    assert (made.owner, done.linked, done.agent.live) == (account.address, True, True)
