// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ChequeBook} from "../../../contracts/interfaces/IMandate.sol";
import {IWalletViews} from "../../../contracts/interfaces/IWalletViews.sol";
import {ChequeReserve} from "../../../contracts/ledger/ChequeReserve.sol";
import {AnySigner} from "./AnySigner.sol";
import {WalletFixture} from "./WalletFixture.sol";

/// @title SignatureProof
/// @notice What is the wallet's signature: its agent's cheques, and what its principal has signed for it. From
/// any state, at any time. Authorizations: see `WalletActionsProof`.
/// @custom:halmos --loop 9 --solver-timeout-branching 50ms
contract SignatureProof is WalletFixture {
    uint256 private constant PERIOD = 4096;

    /// @notice The words of a cheque, in their order.
    struct Cheque {
        address token;
        address payee;
        uint256 amount;
        uint256 validAfter;
        uint256 validBefore;
        uint256 slot;
        bytes32 nameHash;
        bytes32 versionHash;
    }

    /// @notice I29, I8, I15: a cheque is valid only in the book's token, to the listed payee, for at most the
    /// book's limit, in a slot of the book, until the end of the current period at the latest, while the
    /// mandate is valid and the switch answers that the agent is live. The key has signed exactly this
    /// transfer, whose nonce follows from wallet, token, mandate, period and slot; so the token accepts one per
    /// slot and period. And spending leaves the reserve for cheques, in the window and for the lifetime.
    /// @dev The key is a contract; the principal has no code. A book with periods of 4,096 seconds; in the
    /// bucket of the last charge.
    function check_chequeIsWithinItsBook(Cheque memory cheque, bytes32 hash, uint256 time) external {
        AnySigner signer = new AnySigner();
        SVM.enableSymbolicStorage(address(signer));
        (uint16 count, uint96 limit) = (uint16(SVM.createUint(16, "count")), uint96(SVM.createUint(96, "limit")));
        books.push(ChequeBook(address(token), count, limit, uint32(PERIOD), false));
        Terms memory terms = _grant();
        VM.assume(both(terms.agentKey == address(signer), wallet.principal().code.length == 0));
        bytes32 slot = _placeOnlyCounter(time);
        bytes memory signature = bytes.concat(bytes2(0), SVM.createBytes(30, "signature"), bytes2(0));
        if (!_isGood(hash, bytes.concat(bytes4(keccak256("Peculium cheque")), abi.encode(cheque), signature), time)) return;

        assert(both(cheque.token == address(token), cheque.payee == terms.payee));
        assert(both(cheque.slot < count, both(cheque.amount <= type(uint128).max, cheque.amount * 10 <= limit)));
        uint256 period = time / PERIOD;
        assert(both(cheque.validBefore > period * PERIOD, cheque.validBefore <= (period + 1) * PERIOD));
        assert(both(!stop.fails(), both(time >= terms.validFrom, time < terms.validUntil)));
        uint256 counter = uint256(VM.load(address(wallet), slot));
        assert(uint96(counter) - uint96(counter >> 96) <= _limits().window);
        assert(IWalletViews(address(wallet)).spent(currency) <= _limits().lifetime);
        bytes32 nonce = keccak256(abi.encode(wallet, token, wallet.mandateHash(), period, cheque.slot));
        assert(both(hash == _transferDigest(cheque, nonce), signer.hasSigned(hash, signature)));
    }

    /// @notice I29: the reserve for cheques covers every interval of a window's length: the interval touches no
    /// more periods than are counted.
    /// @dev Periods of 4,096 seconds.
    function check_reserveCoversEveryInterval(uint48 end, uint32 length) external pure {
        VM.assume(both(length != 0, end >= length));
        uint256 periods = end / PERIOD - (uint256(end) - length + 1) / PERIOD + 1;
        assert(periods <= ChequeReserve.within(length, 1, 1, PERIOD));
    }

    /// @notice I16: a signature of the principal is the wallet's only if it was made for this wallet, on this
    /// chain.
    /// @dev Without a mandate in force. A principal without code, signatures of 65 bytes: a hash in a personal
    /// message (ERC-7739).
    function check_principalSignatureIsForOneWallet(bytes32 hash, bytes32 r, bytes32 s, uint8 v, uint256 time) external {
        VM.store(address(wallet), bytes32(MANDATE), 0);
        address principal = wallet.principal();
        VM.assume(principal.code.length == 0);
        if (!_isGood(hash, abi.encodePacked(r, s, v), time)) return;
        bytes32 digest = signedDigest("Peculium AgentWallet", address(wallet), keccak256(abi.encode(keccak256("PersonalSign(bytes prefixed)"), hash)));
        assert(both(principal != address(0), ecrecover(digest, v, r, s) == principal));
    }

    function _isGood(bytes32 hash, bytes memory signature, uint256 time) private returns (bool) {
        VM.warp(time);
        try IERC1271(address(wallet)).isValidSignature(hash, signature) returns (bytes4 answer) {
            return answer == IERC1271.isValidSignature.selector;
        } catch {
            return false;
        }
    }

    /// @dev As EIP-3009 and EIP-712 define it.
    function _transferDigest(Cheque memory cheque, bytes32 nonce) private view returns (bytes32) {
        bytes32 kind = keccak256(
            "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
        );
        bytes32 structHash =
            keccak256(abi.encode(kind, wallet, cheque.payee, cheque.amount, cheque.validAfter, cheque.validBefore, nonce));
        return signedDigest(cheque.nameHash, cheque.versionHash, cheque.token, structHash);
    }
}
