// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC1155Holder} from "@openzeppelin/contracts/token/ERC1155/utils/ERC1155Holder.sol";
import {ERC721Holder} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Holder.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {IWalletCommon} from "./interfaces/IWalletCommon.sol";
import {Calls} from "./wallet/Calls.sol";
import {Requests} from "./wallet/Requests.sol";
import {Signatures} from "./wallet/Signatures.sol";
import {WalletState} from "./wallet/WalletState.sol";

/// @title AgentWalletExtension
/// @notice The part of a wallet's code, run on the wallet's own storage: calls (`Calls`), requests (`Requests`),
/// pre-authorisations and cheques (`Preauthorisations`, `ChequeBooks`), and what the wallet has signed (`Signatures`). It receives
/// collectibles too, so that none is lost; only the principal can move them.
/// @custom:kill As for `AgentWallet`: every verb in here asks mandate and switch first. By itself the extension holds nothing, has no
/// principal and no mandate, and refuses everything.
contract AgentWalletExtension is Calls, Requests, Signatures, ERC721Holder, ERC1155Holder {
    /// @inheritdoc IWalletCommon
    address public immutable EXTENSION;

    /// @param registry Where agents are registered.
    /// @param entryPoint The ERC-4337 EntryPoint.
    /// @param writer Checks and writes mandates.
    constructor(address registry, address entryPoint, address writer) WalletState(registry, entryPoint, writer) {
        EXTENSION = address(this);
    }

    /// @inheritdoc IWalletCommon
    function FACTORY() external view returns (address) {
        return _factory();
    }

    /// @dev The factory comes after the extension, so only the wallet itself knows it.
    function _factory() internal view override returns (address) {
        return address(this) == EXTENSION ? address(0) : IWalletCommon(address(this)).FACTORY();
    }

    function _extension() internal view override returns (address) {
        return EXTENSION;
    }

    /// @inheritdoc ERC1155Holder
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IERC1271).interfaceId || interfaceId == type(IERC721Receiver).interfaceId
            || super.supportsInterface(interfaceId);
    }
}
