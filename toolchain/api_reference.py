"""Writes the reference of the Python package from its docstrings to `docs/api.md` and `docs/api-contracts.md`.

`python -m toolchain.api_reference` compares both with the package and exits with 1 if one is old; `--update` writes them. A public
name that is in no group, and a group's name that isn't public, is an error.
"""

from __future__ import annotations

import argparse
import enum
import inspect
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import peculium
from peculium.errors import PeculiumError

ROOT = Path(__file__).resolve().parent.parent
COMMAND = "python -m toolchain.api_reference --update"

PEOPLE: dict[str, tuple[str, ...]] = {
    "The agent": (
        *("Agent", "AsyncAgent", "Overview", "Decision", "HistoryEntry", "Asked", "RequestOutcome", "Preauthorized"),
        *("CashedCheque", "Journal", "once_nonce"),
    ),
    "The principal": ("Principal", "MandateDraft", "ExternalSigner", "Safe", "open_keystore"),
    "The counterparty": (
        *("check", "Counterparty", "Block", "Liability", "HeldCredential"),
        *("verify_evidence", "EvidenceReport"),
    ),
    "The issuer": ("Issuer", "IssuedCredential", "SignedCredential", "Credential", "CredentialStatus"),
    "The network": ("Network", "SendOptions", "configure_sending"),
    "The mandate": (
        *("Mandate", "Budget", "Token", "Window", "LimitedPayee", "CallRule", "Argument", "ArgumentKind", "Floor"),
        *("ChequeBook", "GasTerms", "ANY_SPENT", "FOREVER", "NATIVE", "NO_LIMIT"),
    ),
    "Actions": (
        *("Action", "Pay", "PayBatch", "Call", "RequestPayment", "RequestCall", "CancelRequest", "Preauthorize"),
        *("Resign", "Request", "CallRequest"),
    ),
    "Transports": ("Transport", "Direct", "Relayed", "UserOperations"),
    "Outcomes": ("Receipt", "Event", "Outcome", "TransactionStatus", "outcome_of"),
    "Errors": (
        *("PeculiumError", "InvalidInput", "ChainUnavailable", "OutcomeUnknown", "NotIncluded", "ContractError"),
        *("OnceMismatch", "OnceCanceled", "JournalFailed", "decode_refusal"),
    ),
}
"""The first page. A name that doesn't exist yet is left out."""
CONTRACTS: dict[str, tuple[str, ...]] = {
    "Wallets": (
        *("AgentWallet", "Grant", "Remaining", "WindowState", "StrangerState", "OperationGas", "Approval"),
        *("PendingRequest", "PendingHandOver", "WalletCall", "Authorization", "AuthorizationKind", "Domain"),
        *("HeldAuthorization", "Cheque", "SignedAction"),
    ),
    "Suite": (
        *("Suite", "AgentRegistry", "AgentCheck", "Status", "AgentWalletFactory", "Creation", "CreatedAgent"),
        *("CreatedWallet", "WalletCheck", "RevocationSwitch", "Order", "OrderKind", "PrincipalState"),
        *("CredentialRegistry", "FleetBudget", "FleetRemaining"),
    ),
    "User operations": (
        *("Bundler", "SelfBundler", "RPCBundler", "EntryPoint", "UserOperation", "OperationReceipt"),
        "PrincipalPaymaster",
    ),
    "Any contract": ("Contract", "ERC20", "Signer", "VerifiedKey", "send_transaction"),
}
"""The second page: one binding per contract."""
MODULES = {"Mandates as files": "peculium.mandate.toml", "Mandates in words": "peculium.explain"}
"""Further groups of the first page: all public names of a module, which are imported from there."""
PAGES = {
    "docs/api.md": (
        "API reference",
        PEOPLE,
        "The contracts one by one are in [contract bindings](api-contracts.md), mandates "
        "[as files](#mandates-as-files) and [in words](#mandates-in-words) at the end.",
    ),
    "docs/api-contracts.md": ("Contract bindings", CONTRACTS, "Most programs need only the [people](api.md)."),
}
UNLISTED = {"__version__"}


def problems(public: Sequence[str], groups: Sequence[Mapping[str, Sequence[str]]] = (PEOPLE, CONTRACTS)) -> list[str]:
    """Returns a sentence for each public name that is in no group, or in more than one."""
    listed = [name for group in groups for names in group.values() for name in names]
    twice = sorted({name for name in listed if listed.count(name) > 1})
    missing = sorted(set(public) - set(listed) - UNLISTED)
    return [f"{name} is in no group: add it to one in toolchain/api_reference.py." for name in missing] + [
        f"{name} is in more than one group of toolchain/api_reference.py." for name in twice
    ]


def page(title: str, groups: Mapping[str, Sequence[str]], note: str, public: Mapping[str, Any]) -> str:
    """Returns a page as Markdown. Names that aren't public are left out."""
    found = {group: [name for name in names if name in public] for group, names in groups.items()}
    lines = [
        f"# {title}",
        "",
        f"Written by `{COMMAND}` from the docstrings. Import each name from `peculium`. {note}",
        "",
    ]
    for group, names in found.items():
        lines += [f"- [{group}](#{_slug(group)}): {', '.join(f'[`{n}`](#{_slug(n)})' for n in names)}"] if names else []
    for group, names in found.items():
        lines += ["", f"## {group}"] if names else []
        for name in names:
            lines += ["", *entry(name, public[name])]
    return "\n".join(lines) + "\n"


def module_groups(modules: Mapping[str, str]) -> str:
    """Returns the groups of modules as Markdown: each public name, with what the module says of itself."""
    lines: list[str] = []
    for group, path in modules.items():
        module = import_module(path)
        lines += ["", f"## {group}", "", f"Write `from {path} import …`. {_one_line(module.__doc__ or '')}"]
        for name in module.__all__:
            lines += ["", *entry(name, getattr(module, name))]
    return "\n".join(lines) + "\n"


def entry(name: str, value: Any) -> Iterator[str]:
    """Yields the lines of one name: signature, docstring, fields and methods."""
    yield f"### {name}"
    if not callable(value) or not (inspect.isclass(value) or inspect.isfunction(value)):
        yield from ("", f"A constant: `{_constant(value)}`.")
        return
    if inspect.isfunction(value):
        yield from ("", *_code(name, value), "", *_text(value))
        return
    signature = None if issubclass(value, enum.Enum | BaseException) or inspect.isabstract(value) else value.__init__
    if signature is not None and "__init__" in vars(value):
        yield from ("", *_code(name, signature))
    yield from ("", *_text(value))
    members = list(_members(value))
    if members:
        yield from ("", *members)


def _members(owner: type) -> Iterator[str]:
    if issubclass(owner, enum.Enum):
        yield "- " + ", ".join(f"`{each.name}`" for each in owner)
    described = _attribute_docs(owner)
    if is_dataclass(owner):
        for each in fields(owner):
            if each.repr and not each.name.startswith("_"):
                yield f"- `{each.name}`: {described[each.name]}" if each.name in described else f"- `{each.name}`"
    for base in reversed([each for each in owner.__mro__ if each.__module__.startswith("peculium")]):
        # What all errors and all contracts have in common is shown once.
        if base is not owner and (base is peculium.Contract or issubclass(base, PeculiumError)):
            continue
        for name, member in vars(base).items():
            plain = member.__func__ if isinstance(member, classmethod | staticmethod) else member
            text = inspect.getdoc(plain.fget if isinstance(plain, property) else plain)
            if name.startswith("_") or not (inspect.isfunction(plain) or isinstance(plain, property)) or not text:
                continue
            shown = name if isinstance(plain, property) else name + _signature(plain)
            yield f"- `{shown}`: {_one_line(text)}"


def _attribute_docs(owner: type) -> dict[str, str]:
    # The text right after a field.
    try:
        source = inspect.getsource(owner)
    except OSError:
        return {}
    found = re.findall(r'^    (\w+): [^\n]*\n    """(.*?)"""', source, re.MULTILINE | re.DOTALL)
    return {name: _one_line(text) for name, text in found}


def _code(name: str, function: Any) -> list[str]:
    return ["```", f"{name}{_signature(function)}", "```"]


def _signature(function: Any) -> str:
    signature = inspect.signature(function)
    kept = [each for each in signature.parameters.values() if each.name not in ("self", "cls")]
    shown = [re.sub(r"<[^>]*>|\b0x[0-9a-f]{6,}\b", "…", str(each).replace("'", "")) for each in kept]
    names = [each.name for each in kept]
    first = next((i for i, each in enumerate(kept) if each.kind is each.KEYWORD_ONLY), None)
    if first is not None and not any(each.kind is each.VAR_POSITIONAL for each in kept):
        shown.insert(first, "*")
    result = signature.return_annotation
    arrow = (
        "" if result in (inspect.Signature.empty, None, "None") or (not names and result is None) else f" -> {result}"
    )
    return f"({', '.join(shown)}){arrow.replace(chr(39), '')}"


def _text(value: Any) -> list[str]:
    return (inspect.getdoc(value) or "").splitlines()


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _constant(value: Any) -> str:
    return str(value)


def _slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def main(arguments: Sequence[str] | None = None) -> int:
    """Compares or writes the pages. Returns 1 if a name has no group, or a page is old."""
    parser = argparse.ArgumentParser(description="Compares the API reference with the package.")
    parser.add_argument("--update", action="store_true", help="write the pages")
    options = parser.parse_args(arguments)
    found = problems(peculium.__all__)
    public = {name: getattr(peculium, name) for name in peculium.__all__}
    for path, (title, groups, note) in PAGES.items():
        text, file = page(title, groups, note, public), ROOT / path
        if groups is PEOPLE:
            text += module_groups(MODULES)
        if options.update:
            file.write_text(text)
        elif not file.exists() or file.read_text() != text:
            found.append(f"{path} is old: run {COMMAND}")
    for each in found:
        print(each)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
