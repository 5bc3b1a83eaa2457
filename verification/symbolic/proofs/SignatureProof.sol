// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ChequeBook} from "../../../contracts/interfaces/IMandate.sol";
import {IWalletViews} from "../../../contracts/interfaces/IWalletViews.sol";
import {ChequeReserve} from "../../../contracts/ledger/ChequeReserve.sol";
import {AnySigner} from "./AnySigner.sol";
import {WalletBench} from "./WalletBench.sol";

/// @title SignatureProof
/// @notice What is the wallet's signature: a cheque of its agent's, and what its principal has signed for it. From any state, at any time. Of
/// what was authorized: `WalletVerbsProof`.
/// @custom:halmos --loop 9 --solver-timeout-branching 50ms
contract SignatureProof is WalletBench {
    uint256 private constant PERIOD = 4096;

    /// @notice What a cheque says, in the order in which it is written.
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

    /// @notice I29, I8, I15: a cheque is good only of the book's token, to the listed payee, for no more than the book's limit, in a slot that
    /// the book has, until the end of the present period at the latest, while the mandate is valid and the switch answers that the agent is live;
    /// and the key has signed just this transfer, whose nonce is that of wallet, token, mandate, period and slot. So of each slot and period the
    /// token takes one. And what was spent, in the window and for life, leaves what was set aside for cheques.
    /// @dev The key is a contract; the principal has no code. A book with periods of 4,096 seconds; in the bucket of the last charge.
    function check_aChequeIsOfItsBook(Cheque memory cheque, bytes32 hash, uint256 time) external {
        AnySigner signer = new AnySigner();
        SYMBOLS.enableSymbolicStorage(address(signer));
        (uint16 count, uint96 limit) = (uint16(VALUES.createUint(16, "count")), uint96(VALUES.createUint(96, "limit")));
        books.push(ChequeBook(address(token), count, limit, uint32(PERIOD)));
        Terms memory terms = _grant();
        WORLD.assume(both(terms.agentKey == address(signer), wallet.principal().code.length == 0));
        bytes32 slot = _placeOnlyCounter(time);
        bytes memory signature = bytes.concat(bytes2(0), VALUES.createBytes(30, "signature"), bytes2(0));
        if (!_isGood(hash, bytes.concat(bytes4(keccak256("Peculium cheque")), abi.encode(cheque), signature), time)) return;

        assert(both(cheque.token == address(token), cheque.payee == terms.payee));
        assert(both(cheque.slot < count, both(cheque.amount <= type(uint128).max, cheque.amount * 10 <= limit)));
        uint256 period = time / PERIOD;
        assert(both(cheque.validBefore > period * PERIOD, cheque.validBefore <= (period + 1) * PERIOD));
        assert(both(!stop.fails(), both(time >= terms.validFrom, time < terms.validUntil)));
        uint256 counter = uint256(WORLD.load(address(wallet), slot));
        assert(uint96(counter) - uint96(counter >> 96) <= _limits().window);
        assert(IWalletViews(address(wallet)).spent(currency) <= _limits().lifetime);
        bytes32 nonce = keccak256(abi.encode(wallet, token, wallet.mandateHash(), period, cheque.slot));
        assert(both(hash == _transferDigest(cheque, nonce), signer.hasSigned(hash, signature)));
    }

    /// @notice I29: what is set aside for cheques is enough for every interval of a window's length: it touches no more periods than are counted.
    /// @dev Periods of 4,096 seconds.
    function check_theReserveCoversEveryInterval(uint48 end, uint32 length) external pure {
        WORLD.assume(both(length != 0, end >= length));
        uint256 periods = end / PERIOD - (uint256(end) - length + 1) / PERIOD + 1;
        assert(periods <= ChequeReserve.within(length, 1, 1, PERIOD));
    }

    /// @notice I16: what its principal has signed is the wallet's signature only if it was signed for this wallet, on this chain.
    /// @dev Without a mandate in force. A principal without code, signatures of 65 bytes: a hash in a personal message (ERC-7739).
    function check_aPrincipalsSignatureIsForOneWallet(bytes32 hash, bytes32 r, bytes32 s, uint8 v, uint256 time) external {
        STAGE.store(address(wallet), bytes32(MANDATE), 0);
        address principal = wallet.principal();
        WORLD.assume(principal.code.length == 0);
        if (!_isGood(hash, abi.encodePacked(r, s, v), time)) return;
        bytes32 digest = signedDigest("Peculium AgentWallet", address(wallet), keccak256(abi.encode(keccak256("PersonalSign(bytes prefixed)"), hash)));
        assert(both(principal != address(0), ecrecover(digest, v, r, s) == principal));
    }

    function _isGood(bytes32 hash, bytes memory signature, uint256 time) private returns (bool) {
        WORLD.warp(time);
        try IERC1271(address(wallet)).isValidSignature(hash, signature) returns (bytes4 answer) {
            return answer == IERC1271.isValidSignature.selector;
        } catch {
            return false;
        }
    }

    /// @dev As EIP-3009 and EIP-712 say it.
    function _transferDigest(Cheque memory cheque, bytes32 nonce) private view returns (bytes32) {
        bytes32 kind = keccak256(
            "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
        );
        bytes32 structHash =
            keccak256(abi.encode(kind, wallet, cheque.payee, cheque.amount, cheque.validAfter, cheque.validBefore, nonce));
        return signedDigest(cheque.nameHash, cheque.versionHash, cheque.token, structHash);
    }
}
