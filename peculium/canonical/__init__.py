"""Agents of the canonical registries of ERC-8004 (Trustless Agents), and their link to wallets of this suite."""

from peculium.canonical.agent import CanonicalAgent, check
from peculium.canonical.identity import IdentityRegistry, identity_registry
from peculium.canonical.linking import Bound, Mirrored, Registered, bind, mirror, register, set_active
from peculium.canonical.reference import AgentReference
from peculium.canonical.registration_file import RegistrationFile, Service

__all__ = [
    "AgentReference",
    "Bound",
    "CanonicalAgent",
    "IdentityRegistry",
    "Mirrored",
    "Registered",
    "RegistrationFile",
    "Service",
    "bind",
    "check",
    "identity_registry",
    "mirror",
    "register",
    "set_active",
]
