// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC1155Holder} from "@openzeppelin/contracts/token/ERC1155/utils/ERC1155Holder.sol";
import {ERC721Holder} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Holder.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {IWalletCommon} from "../../interfaces/IWalletCommon.sol";
import {Calls} from "../Calls.sol";
import {Requests} from "../Requests.sol";
import {Signatures} from "../Signatures.sol";
import {WalletStorage} from "../WalletStorage.sol";

/// @title PowersModule
/// @notice Code module of the wallet for calls (`Calls`), requests (`Requests`), pre-authorizations and cheques
/// (`Preauthorizations`, `ChequeBooks`), and ERC-1271 signatures (`Signatures`); it runs on the wallet's
/// storage. It also accepts ERC-721 and ERC-1155 tokens, so that none is lost; only the principal can move
/// them.
/// @custom:kill As for `AgentWallet`: every action in it checks mandate and switch first. On its own storage it
/// has no principal and no mandate, and refuses everything.
contract PowersModule is Calls, Requests, Signatures, ERC721Holder, ERC1155Holder {
    /// @inheritdoc IWalletCommon
    address public immutable POWERS_MODULE;

    /// @param registry Registry of the agents.
    /// @param entryPoint ERC-4337 EntryPoint.
    /// @param writer Mandate writer.
    constructor(address registry, address entryPoint, address writer) WalletStorage(registry, entryPoint, writer) {
        POWERS_MODULE = address(this);
    }

    /// @inheritdoc IWalletCommon
    function FACTORY() external view returns (address) {
        return _factory();
    }

    /// @dev The factory is deployed after this module, so only the wallet knows it.
    function _factory() internal view override returns (address) {
        return address(this) == POWERS_MODULE ? address(0) : IWalletCommon(address(this)).FACTORY();
    }

    function _powersModule() internal view override returns (address) {
        return POWERS_MODULE;
    }

    /// @inheritdoc ERC1155Holder
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IERC1271).interfaceId || interfaceId == type(IERC721Receiver).interfaceId
            || super.supportsInterface(interfaceId);
    }
}
