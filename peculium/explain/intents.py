"""What a principal does by signing, in a few words and in a sentence: functions of the contracts and typed data.

Hardware wallets show these words; `python -m toolchain.clear_signing` writes them into the files that such wallets read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

LONGEST_INTENT = 30
"""Characters that small screens show of an intent."""
LONGEST_LABEL = 20
"""Characters that small screens show of a label, and of a value that has a name."""


@dataclass(frozen=True)
class Intent:
    """What a signature does."""

    text: str
    """At most `LONGEST_INTENT` characters."""
    sentence: str
    """That of `meaning_of` for a function of the wallet, the factory or the switch, as far as a device can say it.

    With the paths of values in braces, such as `{request.amount}`.
    """


_PAUSE = Intent("Pause an agent", "Pauses the agent {wallet} of {principal} until the principal unpauses it.")
_REVOKE = Intent("Revoke an agent", "Revokes the agent {wallet} of {principal} for ever.")
_PAUSE_ALL = Intent("Pause all agents", "Pauses all agents of {principal} until the principal unpauses them.")
_REVOKE_ALL = Intent("Revoke all agents", "Revokes all agents of {principal} for ever.")
_PAYMENT = "the request in slot {slot}: pay {request.amount} to {request.payee}, until {request.expiresAt}."
_CALL = "the request in slot {slot}: call {request.target} with {request.value}, until {request.expiresAt}."
_APPROVE_PAYMENT = Intent("Approve a payment", f"The principal approves {_PAYMENT}")
_APPROVE_CALL = Intent("Approve a call", f"The principal approves {_CALL}")
_CALLS = Intent("Make calls as the wallet", "The principal makes these calls as the wallet, all or none.")
_ACCEPT = Intent("Accept liability", "The principal accepts liability for the agent {agentId}.")
_TRANSFER = Intent("Transfer the agent's token", "Transfers the token of the agent {tokenId} to {to}.")
_WITHDRAW_GAS = Intent("Withdraw gas money", "The principal withdraws {amount} of its gas money to {to}.")

FUNCTIONS: Mapping[str, Mapping[str, Intent]] = MappingProxyType(
    {
        "AgentRegistry": {
            "acceptLiability": _ACCEPT,
            "acceptLiabilitySigned": Intent(
                "Submit an acceptance", "Submits the signed acceptance of the agent {agentId}."
            ),
            "approve": Intent("Let someone transfer", "Lets {to} transfer the token of the agent {tokenId}."),
            "register": Intent("Register an agent", "Registers an agent that the caller owns."),
            "safeTransferFrom": _TRANSFER,
            "setAgentURI": Intent("Change registration file", "Names {newURI} as the file of the agent {agentId}."),
            "setAgentWallet": Intent("Link a wallet", "Links {newWallet} as the wallet of the agent {agentId}."),
            "setApprovalForAll": Intent(
                "Let someone transfer all", "Lets {operator} transfer all the caller's agents: {approved}."
            ),
            "setMetadata": Intent("Change metadata", "Sets {metadataKey} of the agent {agentId} to {metadataValue}."),
            "transferFrom": _TRANSFER,
            "unsetAgentWallet": Intent(
                "Unlink the wallet", "Unlinks the wallet of the agent {agentId}, which revokes the agent."
            ),
        },
        "AgentWallet": {
            "acceptHandOver": Intent(
                "Take over a wallet", "The caller becomes the wallet's principal, and its mandate ends."
            ),
            "approveCall": _APPROVE_CALL,
            "approveCallSigned": Intent("Submit an approval", f"Submits the principal's signed approval of {_CALL}"),
            "approveRequest": _APPROVE_PAYMENT,
            "approveRequestSigned": Intent(
                "Submit an approval", f"Submits the principal's signed approval of {_PAYMENT}"
            ),
            "cancelNonce": Intent("Cancel a signature", "Voids what the principal has signed with the nonce {nonce}."),
            "execute": Intent("Make a call as the wallet", "The principal calls {target} as the wallet with {value}."),
            "executeBatch": _CALLS,
            "executeSigned": Intent(
                "Submit signed calls",
                "Submits these calls as the wallet that the principal has signed, until {deadline}.",
            ),
            "liftMandate": Intent(
                "End the mandate",
                "The principal ends the mandate in force. The agent can spend nothing without another one.",
            ),
            "offerHandOver": Intent(
                "Offer the wallet", "The principal offers the wallet to {newPrincipal}, until {deadline}."
            ),
            "refuseAll": Intent(
                "Refuse all requests",
                "The principal voids all requests, all authorizations that aren't settled, and all mandates that were signed "
                "and not installed.",
            ),
            "refuseRequest": Intent("Refuse a request", "The principal refuses the request in slot {slot}."),
            "setMandate": Intent(
                "Grant a mandate", "The principal installs this mandate in place of the one in force."
            ),
            "setMandateSigned": Intent(
                "Submit a signed mandate", "Installs this mandate, signed by the principal and by the agent key."
            ),
            "withdraw": Intent("Withdraw", "The principal withdraws {amount} to {to}."),
            "withdrawAll": Intent("Withdraw all", "The principal withdraws all of {token} to {to}."),
        },
        "AgentWalletFactory": {
            "createAgent": Intent("Create an agent", "Creates an agent with a wallet under this mandate."),
            "createWallet": Intent(
                "Create a wallet", "Creates the wallet of the agent key {agentKey} for the principal {principal}."
            ),
        },
        "FleetBudget": {
            "setBudget": Intent(
                "Set the fleet's budget", "Limits what all wallets of the principal spend together in {currency}."
            ),
        },
        "PrincipalPaymaster": {
            "addStake": Intent("Add stake", "Adds stake, which can be withdrawn {unstakeDelay} after it is unlocked."),
            "deposit": Intent("Deposit gas money", "Deposits gas money for the principal's wallets."),
            "setGasTerms": Intent(
                "Limit gas money", "Limits the gas money of {wallet} to {terms.operationLimit} an operation."
            ),
            "unlockStake": Intent("Unlock the stake", "Unlocks the stake, so that it can be withdrawn later."),
            "withdraw": _WITHDRAW_GAS,
            "withdrawStake": Intent("Withdraw the stake", "The principal withdraws the stake to {to}."),
        },
        "RevocationSwitch": {
            "cancelOrder": Intent(
                "Cancel an order", "Voids the orders that the caller has signed with the nonce {nonce}."
            ),
            "checkIn": Intent("Check in", "The principal checks in: the heartbeat begins anew."),
            "pause": _PAUSE,
            "pauseAll": _PAUSE_ALL,
            "revoke": _REVOKE,
            "revokeAll": _REVOKE_ALL,
            "setGuardian": Intent(
                "Set a guardian", "The principal sets whether {guardian} can pause and revoke: {appointed}."
            ),
            "setHeartbeat": Intent(
                "Set the heartbeat", "All agents stop unless the principal checks in at least every {interval}."
            ),
            "submitOrder": Intent("Submit a stop order", "Submits an order signed by {signer}: {order}."),
            "unpause": Intent("Unpause an agent", "The principal ends the pause of the agent {wallet}."),
            "unpauseAll": Intent(
                "Unpause all agents",
                "The principal ends the pause of all agents. Agents that were paused one by one stay paused.",
            ),
        },
    }
)
"""The functions that a principal calls, by contract and name."""

TYPED_DATA: Mapping[str, Mapping[str, Intent]] = MappingProxyType(
    {
        "AgentRegistry": {
            "AgentEnrollment": Intent("Enroll an agent", "The principal accepts liability for the agent of {wallet}."),
            "LiabilityAcceptance": _ACCEPT,
        },
        "AgentWallet": {
            "CallApproval": _APPROVE_CALL,
            "Execute": _CALLS,
            "Mandate": Intent(
                "Grant a mandate", "The agent key {agentKey} may spend under this mandate until {validUntil}."
            ),
            "RequestApproval": _APPROVE_PAYMENT,
        },
        "RevocationSwitch": {
            "Pause": _PAUSE,
            "PauseAll": _PAUSE_ALL,
            "Revoke": _REVOKE,
            "RevokeAll": _REVOKE_ALL,
        },
    }
)
"""The EIP-712 types that a principal signs, by the contract that verifies them and the name of the primary type."""

LABELS: Mapping[str, str] = MappingProxyType(
    {
        "CallRule.token": "Budget token",
        "CallRule.window": "Calls: window",
        "ChequeBook.limit": "Cheque limit",
        "ChequeBook.token": "Cheque token",
        "GasTerms.window": "Gas window",
        "GasTerms.windowLimit": "Gas window limit",
        "LimitedPayee.limit": "Payee's limit",
        "LimitedPayee.payee": "Limited payee",
        "LimitedPayee.validUntil": "Payee listed until",
        "Token.decimals": "Token decimals",
        "Window.limit": "Window limit",
        "acceptance": "Acceptance",
        "agentId": "Agent id",
        "agentKey": "Agent key",
        "agentSignature": "Agent's signature",
        "agentURI": "Registration file",
        "amount": "Amount",
        "appointed": "Appointed",
        "approve.to": "Operator",
        "approved": "Allowed",
        "askedAt": "Asked at",
        "count": "Cheques a period",
        "currency": "Currency",
        "data": "Call",
        "deadline": "Signature ends",
        "decimals": "Decimals of limits",
        "epoch": "Epoch",
        "expiresAt": "Request ends",
        "from": "From",
        "gain": "Least gain (base)",
        "gainToken": "Token gained",
        "guard": "Guard",
        "guardian": "Guardian",
        "hash": "Request hash",
        "interval": "Check in every",
        "kind": "Argument must be",
        "length": "Window",
        "lifetimeLimit": "Lifetime limit",
        "maxAuthorizationAge": "Authorization lasts",
        "maxCalls": "Calls a window",
        "maxRequestAge": "Request lasts",
        "maxRequests": "Pending requests",
        "metadataKey": "Entry",
        "metadataValue": "Value",
        "minGas": "Least gas",
        "newPrincipal": "New principal",
        "newURI": "Registration file",
        "newWallet": "New wallet",
        "nonce": "Nonce",
        "offerHandOver.deadline": "Offer ends",
        "operationLimit": "Gas an operation",
        "operator": "Operator",
        "order": "Order",
        "payee": "Payee",
        "payees": "Payee",
        "paymentLimit": "Payment limit",
        "per": "Gain for each",
        "period": "Cheque period",
        "principal": "Principal",
        "principalSignature": "Principal's sign.",
        "pull": "Amount taken",
        "pullLimit": "Amount taken, limit",
        "pullToken": "Token taken",
        "ref": "Reference",
        "round": "Round",
        "safeTransferFrom.data": "Data",
        "salt": "Salt",
        "selector": "Function",
        "signature": "Signature",
        "signer": "Signer",
        "slot": "Slot",
        "spentAtMost": "Spent at most",
        "statementHash": "Statement hash",
        "strangerPaymentLimit": "Stranger payment",
        "strangerWindowLimit": "Strangers, window",
        "strangers": "Pays strangers",
        "target": "Contract",
        "termsHash": "Terms hash",
        "termsURI": "Terms",
        "to": "To",
        "token": "Token",
        "tokenId": "Agent id",
        "unstakeDelay": "Delay",
        "validFrom": "Valid from",
        "validUntil": "Valid until",
        "value": "Native currency",
        "valueLimit": "Native limit",
        "values": "Argument value",
        "variant": "Variant",
        "wallet": "Wallet",
    }
)
"""What values are called, by name, or by the struct or function that they are in and their name."""

ATTACHED = "Sent with it"
"""Label of the native currency that a transaction sends."""

ORDERS = ("Pause", "Revoke", "Pause all", "Revoke all")
"""The signed orders of the switch, by number."""

ARGUMENT_RULES = (
    "anything",
    "any address",
    "equal to",
    "one of",
    "at most",
    "at least",
    "this wallet",
    "a listed payee",
    "the charged amount",
    "any bytes",
    "any words",
    "ending in one of",
)
"""The rules for the argument of a call, by number."""


def label_of(owner: str, name: str) -> str:
    """Returns what a value is called. `owner` is the struct or function that it is in. Raises `KeyError` if it has no label."""
    return LABELS.get(f"{owner}.{name}") or LABELS[name]
