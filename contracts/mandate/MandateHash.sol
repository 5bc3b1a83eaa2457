// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {
    Argument,
    Budget,
    CallRule,
    LimitedPayee,
    Mandate,
    MandateHead,
    Powers,
    Token,
    Window
} from "../interfaces/IMandate.sol";

/// @title MandateHash
/// @notice The EIP-712 hashes of a mandate, in the domain of its wallet.
/// @dev A library of its own because the wallet, the mandate writer and the registry must compute the same
/// hashes.
library MandateHash {
    /// @notice EIP-712 name and version of every wallet.
    string internal constant DOMAIN_NAME = "Peculium AgentWallet";
    string internal constant DOMAIN_VERSION = "1";

    // The compiler hashes a literal at compile time, but a constant at each use.
    bytes32 private constant DOMAIN_NAME_HASH = keccak256("Peculium AgentWallet");
    bytes32 private constant DOMAIN_VERSION_HASH = keccak256("1");
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

    // EIP-712: each type is followed by the types that it refers to, in alphabetical order.
    bytes32 private constant ARGUMENT_TYPEHASH = keccak256("Argument(uint8 kind,bytes32[] values)");
    bytes32 private constant TOKEN_TYPEHASH = keccak256("Token(address token,uint8 decimals)");
    bytes32 private constant WINDOW_TYPEHASH = keccak256("Window(uint32 length,uint96 limit)");
    bytes32 private constant LIMITED_PAYEE_TYPEHASH = keccak256(
        "LimitedPayee(address payee,uint96 limit,uint48 validUntil)"
    );
    bytes32 private constant CHEQUE_BOOK_TYPEHASH = keccak256(
        "ChequeBook(address token,uint16 count,uint96 limit,uint32 period,bool strangers)"
    );
    bytes32 private constant GAS_TERMS_TYPEHASH = keccak256(
        "GasTerms(uint96 operationLimit,uint96 windowLimit,uint32 window)"
    );
    bytes32 private constant CALL_RULE_TYPEHASH = keccak256(
        "CallRule(address target,bytes4 selector,uint8 variant,address token,uint96 valueLimit,uint96 pullLimit,uint32 maxCalls,uint32 window,address gainToken,uint96 gain,uint96 per,Argument[] arguments)Argument(uint8 kind,bytes32[] values)"
    );
    bytes32 private constant POWERS_TYPEHASH = keccak256(
        "Powers(CallRule[] calls,ChequeBook[] chequeBooks,uint8 maxRequests,uint32 maxRequestAge,uint32 maxAuthorizationAge,GasTerms gasTerms)Argument(uint8 kind,bytes32[] values)CallRule(address target,bytes4 selector,uint8 variant,address token,uint96 valueLimit,uint96 pullLimit,uint32 maxCalls,uint32 window,address gainToken,uint96 gain,uint96 per,Argument[] arguments)ChequeBook(address token,uint16 count,uint96 limit,uint32 period,bool strangers)GasTerms(uint96 operationLimit,uint96 windowLimit,uint32 window)"
    );
    bytes32 private constant BUDGET_TYPEHASH = keccak256(
        "Budget(string currency,uint8 decimals,uint96 paymentLimit,uint96 lifetimeLimit,uint96 spentAtMost,Window[] windows,Token[] tokens,uint96 strangerPaymentLimit,uint96 strangerWindowLimit,address[] payees,LimitedPayee[] limitedPayees)LimitedPayee(address payee,uint96 limit,uint48 validUntil)Token(address token,uint8 decimals)Window(uint32 length,uint96 limit)"
    );
    bytes32 private constant MANDATE_TYPEHASH = keccak256(
        "Mandate(address principal,uint64 epoch,address agentKey,uint48 validFrom,uint48 validUntil,uint32 round,address guard,Budget[] budgets,Powers powers,bytes32 termsHash,string termsURI)Argument(uint8 kind,bytes32[] values)Budget(string currency,uint8 decimals,uint96 paymentLimit,uint96 lifetimeLimit,uint96 spentAtMost,Window[] windows,Token[] tokens,uint96 strangerPaymentLimit,uint96 strangerWindowLimit,address[] payees,LimitedPayee[] limitedPayees)CallRule(address target,bytes4 selector,uint8 variant,address token,uint96 valueLimit,uint96 pullLimit,uint32 maxCalls,uint32 window,address gainToken,uint96 gain,uint96 per,Argument[] arguments)ChequeBook(address token,uint16 count,uint96 limit,uint32 period,bool strangers)GasTerms(uint96 operationLimit,uint96 windowLimit,uint32 window)LimitedPayee(address payee,uint96 limit,uint48 validUntil)Powers(CallRule[] calls,ChequeBook[] chequeBooks,uint8 maxRequests,uint32 maxRequestAge,uint32 maxAuthorizationAge,GasTerms gasTerms)Token(address token,uint8 decimals)Window(uint32 length,uint96 limit)"
    );

    /// @notice Returns the head of a mandate.
    function head(Mandate calldata mandate) internal pure returns (MandateHead memory) {
        return MandateHead({
            principal: mandate.principal,
            epoch: mandate.epoch,
            agentKey: mandate.agentKey,
            validFrom: mandate.validFrom,
            validUntil: mandate.validUntil,
            round: mandate.round,
            guard: mandate.guard,
            budgetsHash: _hashBudgets(mandate.budgets),
            powersHash: _hashPowers(mandate.powers),
            termsHash: mandate.termsHash,
            termsURIHash: keccak256(bytes(mandate.termsURI))
        });
    }

    /// @notice Returns the EIP-712 struct hash of the mandate with this head: the *mandate hash*.
    function hash(MandateHead memory mandate) internal pure returns (bytes32) {
        // The members of the head are the encoded members of the mandate, in the same order.
        return keccak256(abi.encode(MANDATE_TYPEHASH, mandate));
    }

    /// @notice Returns the EIP-712 digest of a mandate hash, or of another struct, in the domain of one wallet
    /// on this chain.
    function digest(bytes32 structHash, address wallet) internal view returns (bytes32) {
        bytes32 separator =
            keccak256(abi.encode(DOMAIN_TYPEHASH, DOMAIN_NAME_HASH, DOMAIN_VERSION_HASH, block.chainid, wallet));
        return MessageHashUtils.toTypedDataHash(separator, structHash);
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
                budget.strangerPaymentLimit,
                budget.strangerWindowLimit,
                // EIP-712 hashes an array of addresses as its padded words, which packed encoding of an array
                // yields.
                keccak256(abi.encodePacked(budget.payees)),
                _hashLimitedPayees(budget.limitedPayees)
            )
        );
    }

    function _hashLimitedPayees(LimitedPayee[] calldata payees) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](payees.length);
        for (uint256 i = 0; i < payees.length; ++i) {
            hashes[i] = keccak256(abi.encode(LIMITED_PAYEE_TYPEHASH, payees[i]));
        }
        return keccak256(abi.encodePacked(hashes));
    }

    function _hashPowers(Powers calldata powers) private pure returns (bytes32) {
        bytes32[] memory calls = new bytes32[](powers.calls.length);
        for (uint256 i = 0; i < calls.length; ++i) calls[i] = _hashCallRule(powers.calls[i]);
        bytes32[] memory books = new bytes32[](powers.chequeBooks.length);
        for (uint256 i = 0; i < books.length; ++i) {
            books[i] = keccak256(abi.encode(CHEQUE_BOOK_TYPEHASH, powers.chequeBooks[i]));
        }
        return keccak256(
            abi.encode(
                POWERS_TYPEHASH,
                keccak256(abi.encodePacked(calls)),
                keccak256(abi.encodePacked(books)),
                powers.maxRequests,
                powers.maxRequestAge,
                powers.maxAuthorizationAge,
                keccak256(abi.encode(GAS_TERMS_TYPEHASH, powers.gasTerms))
            )
        );
    }

    function _hashCallRule(CallRule calldata rule) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](rule.arguments.length);
        for (uint256 i = 0; i < hashes.length; ++i) {
            Argument calldata argument = rule.arguments[i];
            hashes[i] = keccak256(
                abi.encode(ARGUMENT_TYPEHASH, argument.kind, keccak256(abi.encodePacked(argument.values)))
            );
        }
        return keccak256(
            abi.encode(
                CALL_RULE_TYPEHASH,
                rule.target,
                rule.selector,
                rule.variant,
                rule.token,
                rule.valueLimit,
                rule.pullLimit,
                rule.maxCalls,
                rule.window,
                rule.gainToken,
                rule.gain,
                rule.per,
                keccak256(abi.encodePacked(hashes))
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
