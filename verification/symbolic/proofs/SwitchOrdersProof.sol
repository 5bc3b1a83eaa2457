// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevocationSwitch} from "../../../contracts/interfaces/IRevocationSwitch.sol";
import {AnySigner} from "./AnySigner.sol";
import {AnySwitch} from "./AnySwitch.sol";

/// @title SwitchOrdersProof
/// @notice What a signed order does, whoever brings it: just what its signer signed, once, and only what the signer may.
/// @dev The digest is written down here as EIP-712 says it, from the types that a signing device shows.
/// @custom:halmos --loop 4
contract SwitchOrdersProof is AnySwitch {
    /// @dev The highest s that a signature may have: half the order of secp256k1. The other half is the same signature, malleated.
    uint256 private constant HIGHEST_S = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;

    /// @notice What is ordered, and by whom it is brought.
    struct Ordered {
        uint256 choice;
        address principal;
        address wallet;
        uint64 epoch;
        uint256 nonce;
        address caller;
        address guardian;
    }

    AnySigner private _contract;

    function setUp() public override {
        super.setUp();
        _contract = new AnySigner();
        SYMBOLS.enableSymbolicStorage(address(_contract));
    }

    /// @notice I8, I11, I16: of a contract, which says itself what it has signed.
    function check_aContractsOrderIsCarriedOut(Ordered memory ordered, bytes memory signature, uint256 other) external {
        ordered.choice = pick(ordered.choice, 3);
        bytes32 digest = _digest(ordered);
        bool signed = _contract.hasSigned(digest, signature);
        _expect(ordered, address(_contract), signature, signed, digest, other);
    }

    /// @notice And of a key.
    function check_aKeysOrderIsCarriedOut(Ordered memory ordered, address signer, bytes32 r, bytes32 s, uint8 v, uint256 other) external {
        WORLD.assume(signer.code.length == 0);
        ordered.choice = pick(ordered.choice, 3);
        bytes32 digest = _digest(ordered);
        bool signed = both(both(signer != address(0), uint256(s) <= HIGHEST_S), ecrecover(digest, v, r, s) == signer);
        _expect(ordered, signer, abi.encodePacked(r, s, v), signed, digest, other);
    }

    /// @notice What is told to who wants to sign.
    function check_theDigestIsOfTheTypes(Ordered memory ordered) external view {
        ordered.choice = pick(ordered.choice, 3);
        (IRevocationSwitch.Order order, bytes32 digest) = (_order(ordered), _digest(ordered));
        assert(stop.orderDigest(order, ordered.principal, ordered.wallet, ordered.epoch, ordered.nonce) == digest);
    }

    function _expect(Ordered memory ordered, address signer, bytes memory signature, bool signed, bytes32 digest, uint256 other) private {
        Said memory what = _said(ordered);
        WORLD.assume(what.all.epoch != type(uint64).max);
        (bool spent, bool before) = (stop.isNonceSpent(signer, ordered.nonce), stop.isNonceSpent(signer, other));
        bytes memory why = _refusal(ordered, signer, spent, signed, digest, what.all.epoch);
        if (_submit(ordered, signer, signature, why)) return;

        IRevocationSwitch.Order order = _order(ordered);
        if (order == IRevocationSwitch.Order.Pause) what.one.paused = true;
        else if (order == IRevocationSwitch.Order.Revoke) what.one.revoked = true;
        else if (order == IRevocationSwitch.Order.PauseAll) what.all.paused = true;
        else what.all.epoch++;
        assertSaid(_said(ordered), what);
        assert(stop.isNonceSpent(signer, ordered.nonce));
        assert(stop.isNonceSpent(signer, other) == either(before, other == ordered.nonce));
    }

    /// @dev Refused in these words, or else carried out.
    function _submit(Ordered memory ordered, address signer, bytes memory signature, bytes memory why) private returns (bool refused) {
        (address principal, address wallet) = (ordered.principal, ordered.wallet);
        bytes memory data = abi.encodeCall(
            stop.submitOrder, (_order(ordered), principal, wallet, ordered.epoch, signer, ordered.nonce, signature)
        );
        WORLD.prank(ordered.caller);
        (bool done, bytes memory told) = address(stop).call(data);
        refused = why.length != 0;
        assert(done != refused);
        if (refused) assert(isError(told, why));
    }

    /// @dev The first reason to refuse; nothing if there is none.
    function _refusal(Ordered memory ordered, address signer, bool spent, bool signed, bytes32 digest, uint64 epoch)
        private
        view
        returns (bytes memory)
    {
        if (signer != ordered.principal && !stop.isGuardian(ordered.principal, signer)) {
            return abi.encodeWithSelector(IRevocationSwitch.NotPrincipalOrGuardian.selector, signer, ordered.principal);
        }
        if (spent) return abi.encodeWithSelector(IRevocationSwitch.OrderSpent.selector, signer, ordered.nonce);
        if (!signed) return abi.encodeWithSelector(IRevocationSwitch.BadOrderSignature.selector, signer, digest);
        IRevocationSwitch.Order order = _order(ordered);
        if (order == IRevocationSwitch.Order.Pause || order == IRevocationSwitch.Order.Revoke) return "";
        if (ordered.epoch == epoch) return "";
        return abi.encodeWithSelector(IRevocationSwitch.OrderOutdated.selector, ordered.epoch, epoch);
    }

    function _digest(Ordered memory ordered) private view returns (bytes32) {
        (address principal, address wallet, uint256 nonce) = (ordered.principal, ordered.wallet, ordered.nonce);
        bytes memory words;
        if (ordered.choice == 0) {
            words = abi.encode(keccak256("Pause(address principal,address wallet,uint256 nonce)"), principal, wallet, nonce);
        } else if (ordered.choice == 1) {
            words = abi.encode(keccak256("Revoke(address principal,address wallet,uint256 nonce)"), principal, wallet, nonce);
        } else if (ordered.choice == 2) {
            words = abi.encode(keccak256("PauseAll(address principal,uint64 epoch,uint256 nonce)"), principal, ordered.epoch, nonce);
        } else {
            words = abi.encode(keccak256("RevokeAll(address principal,uint64 epoch,uint256 nonce)"), principal, ordered.epoch, nonce);
        }
        return signedDigest("Peculium RevocationSwitch", address(stop), keccak256(words));
    }

    function _order(Ordered memory ordered) private pure returns (IRevocationSwitch.Order) {
        return IRevocationSwitch.Order(ordered.choice);
    }

    function _said(Ordered memory ordered) private view returns (Said memory) {
        return said(ordered.principal, ordered.wallet, ordered.guardian);
    }
}
