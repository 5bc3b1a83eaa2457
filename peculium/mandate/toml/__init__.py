"""Mandates as TOML files for people: read with line numbers, written with names. `docs/mandates.md` describes the form."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from peculium.errors.redaction import shown
from peculium.mandate.mandate import Mandate
from peculium.mandate.toml.errors import InvalidMandateFile
from peculium.mandate.toml.reader import MandateFile, Reader, names_in
from peculium.mandate.toml.writer import dump_mandate

if TYPE_CHECKING:
    from web3 import Web3

    from peculium.network import Network
    from peculium.suite import Suite

__all__ = ["InvalidMandateFile", "MandateFile", "dump_mandate", "load_mandate", "read_mandate", "read_names"]


def load_mandate(
    source: Path | str,
    network: Network | Suite | Web3 | str | None = None,
    names: Mapping[str, str] | None = None,
) -> Mandate:
    """Returns the mandate of a file; see `read_mandate`, which returns its names as well."""
    return read_mandate(source, network, names).mandate


def read_mandate(
    source: Path | str,
    network: Network | Suite | Web3 | str | None = None,
    names: Mapping[str, str] | None = None,
) -> MandateFile:
    """Reads a mandate. `source` is a path, or the text itself if it has more than one line.

    `names` is an address book of the reader's own, beside the file's. With a `network`, tokens are asked for their decimals,
    which the file then needn't say and can't contradict, and an epoch that the file leaves out is the principal's present
    one. Raises `InvalidMandateFile`, whose message has a line for each mistake: where it is, and what to write.
    """
    text = _text_of(source)
    if network is None:
        return Reader(text, names or {}, None, None).read()
    # Only with a network: reading a file needs no chain.
    from peculium.network import Network
    from peculium.token import ERC20

    chain = Network.of(network)
    return Reader(
        text, names or {}, lambda token: ERC20(chain.web3, token).decimals, chain.suite.switch.epoch_of
    ).read()


def read_names(source: Path | str) -> dict[str, str]:
    """Returns the addresses of `[names]` of a mandate's file, by name: an address book. `source` is as in `read_mandate`.

    Nothing else of the file is read. Raises `InvalidMandateFile`.
    """
    return names_in(_text_of(source))


def _text_of(source: Path | str) -> str:
    if not isinstance(source, Path | str) or not str(source).strip():
        what = "is empty" if isinstance(source, str) else f"is {shown(source)}"
        raise InvalidMandateFile(f"The mandate {what}. Pass the path of a file, or its text.")
    if isinstance(source, str) and "\n" in source:
        return source
    try:
        return Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it isn't UTF-8 text"
        raise InvalidMandateFile(f"The file {source} can't be read: {reason}.") from None
