// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Budget, Mandate, MandateHead, Token, Window} from "../interfaces/IMandate.sol";

/// @title MandateHash
/// @notice The EIP-712 hashes of a mandate, in the domain of the wallet that it is for.
/// @dev In a file of its own because three need the same bytes: the wallet that enforces a mandate, the registry that checks
/// who signed it, and the signer.
library MandateHash {
    /// @notice The EIP-712 name and version of every wallet.
    string internal constant DOMAIN_NAME = "Peculium AgentWallet";
    string internal constant DOMAIN_VERSION = "1";

    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

    bytes32 private constant TOKEN_TYPEHASH = keccak256("Token(address token,uint8 decimals)");
    bytes32 private constant WINDOW_TYPEHASH = keccak256("Window(uint32 length,uint96 limit)");
    bytes32 private constant BUDGET_TYPEHASH = keccak256(
        "Budget(string currency,uint8 decimals,uint96 paymentLimit,uint96 lifetimeLimit,uint96 spentAtMost,Window[] windows,Token[] tokens,bool anyPayee,address[] payees)Token(address token,uint8 decimals)Window(uint32 length,uint96 limit)"
    );
    bytes32 private constant MANDATE_TYPEHASH = keccak256(
        "Mandate(address principal,uint64 epoch,address agentKey,uint48 validFrom,uint48 validUntil,bytes32 replaces,Budget[] budgets,bytes32 termsHash,string termsURI)Budget(string currency,uint8 decimals,uint96 paymentLimit,uint96 lifetimeLimit,uint96 spentAtMost,Window[] windows,Token[] tokens,bool anyPayee,address[] payees)Token(address token,uint8 decimals)Window(uint32 length,uint96 limit)"
    );

    /// @notice The head of a mandate.
    function head(Mandate calldata mandate) internal pure returns (MandateHead memory) {
        return MandateHead({
            principal: mandate.principal,
            epoch: mandate.epoch,
            agentKey: mandate.agentKey,
            validFrom: mandate.validFrom,
            validUntil: mandate.validUntil,
            replaces: mandate.replaces,
            budgetsHash: _hashBudgets(mandate.budgets),
            termsHash: mandate.termsHash,
            termsURIHash: keccak256(bytes(mandate.termsURI))
        });
    }

    /// @notice The EIP-712 struct hash of the mandate that has this head: the *mandate hash*.
    function hash(MandateHead memory mandate) internal pure returns (bytes32) {
        // The members of the head are the encoded members of the mandate, in order.
        return keccak256(abi.encode(MANDATE_TYPEHASH, mandate));
    }

    /// @notice What principal and agent key sign: the mandate hash in the domain of one wallet on this chain.
    function digest(bytes32 mandateHash, address wallet) internal view returns (bytes32) {
        bytes32 separator = keccak256(
            abi.encode(
                DOMAIN_TYPEHASH,
                keccak256(bytes(DOMAIN_NAME)),
                keccak256(bytes(DOMAIN_VERSION)),
                block.chainid,
                wallet
            )
        );
        return MessageHashUtils.toTypedDataHash(separator, mandateHash);
    }

    function _hashBudgets(Budget[] calldata budgets) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](budgets.length);
        for (uint256 i = 0; i < budgets.length; ++i) hashes[i] = _hashBudget(budgets[i]);
        return keccak256(abi.encodePacked(hashes));
    }

    function _hashBudget(Budget calldata budget) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                BUDGET_TYPEHASH,
                keccak256(bytes(budget.currency)),
                budget.decimals,
                budget.paymentLimit,
                budget.lifetimeLimit,
                budget.spentAtMost,
                _hashWindows(budget.windows),
                _hashTokens(budget.tokens),
                budget.anyPayee,
                // An array of addresses is hashed as their words in a row, which is what packed encoding of it gives.
                keccak256(abi.encodePacked(budget.payees))
            )
        );
    }

    function _hashWindows(Window[] calldata windows) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](windows.length);
        for (uint256 i = 0; i < windows.length; ++i) {
            hashes[i] = keccak256(abi.encode(WINDOW_TYPEHASH, windows[i]));
        }
        return keccak256(abi.encodePacked(hashes));
    }

    function _hashTokens(Token[] calldata tokens) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](tokens.length);
        for (uint256 i = 0; i < tokens.length; ++i) {
            hashes[i] = keccak256(abi.encode(TOKEN_TYPEHASH, tokens[i]));
        }
        return keccak256(abi.encodePacked(hashes));
    }
}
