// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRevocationSwitch} from "../../../contracts/interfaces/IRevocationSwitch.sol";
import {AnySigner} from "./AnySigner.sol";
import {AnySwitch} from "./AnySwitch.sol";

/// @title SwitchOrdersProof
/// @notice A signed order does exactly what its signer signed, once, and only what the signer may do, whoever
/// submits it.
/// @dev The digest is computed here as EIP-712 defines it, from the types that a signing device shows.
/// @custom:halmos --loop 4
contract SwitchOrdersProof is AnySwitch {
    /// @notice The order, its caller, and a guardian to compare.
    struct Case {
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
        SVM.enableSymbolicStorage(address(_contract));
    }

    /// @notice I8, I11, I16, I36: an order of an account with code, whose answers are arbitrary. It may have a key
    /// as well (EIP-7702), whose signature is good whatever the code answers.
    function check_orderSignedByContract(Case memory input, bytes memory signature, uint256 other) external {
        input.choice = pick(input.choice, 3);
        bytes32 digest = _digest(input);
        bool signed = either(isSignedByKey(address(_contract), digest, signature), _contract.hasSigned(digest, signature));
        _expect(input, address(_contract), signature, signed, digest, other);
    }

    /// @notice I8, I11, I16: an order of a key.
    function check_orderSignedByKey(Case memory input, address signer, bytes32 r, bytes32 s, uint8 v, uint256 other) external {
        VM.assume(signer.code.length == 0);
        input.choice = pick(input.choice, 3);
        bytes32 digest = _digest(input);
        bytes memory signature = abi.encodePacked(r, s, v);
        _expect(input, signer, signature, isSignedByKey(signer, digest, signature), digest, other);
    }

    /// @notice `orderDigest` follows from the EIP-712 types.
    function check_digestFollowsEip712(Case memory input) external view {
        input.choice = pick(input.choice, 3);
        (IRevocationSwitch.Order order, bytes32 digest) = (_order(input), _digest(input));
        assert(stop.orderDigest(order, input.principal, input.wallet, input.epoch, input.nonce) == digest);
    }

    function _expect(Case memory input, address signer, bytes memory signature, bool signed, bytes32 digest, uint256 other) private {
        SwitchState memory expected = _state(input);
        VM.assume(expected.all.epoch != type(uint64).max);
        (bool spent, bool before) = (stop.isNonceSpent(signer, input.nonce), stop.isNonceSpent(signer, other));
        bytes memory expectedError = _refusal(input, signer, spent, signed, digest, expected.all.epoch);
        if (_submit(input, signer, signature, expectedError)) return;

        IRevocationSwitch.Order order = _order(input);
        if (order == IRevocationSwitch.Order.Pause) expected.one.paused = true;
        else if (order == IRevocationSwitch.Order.Revoke) expected.one.revoked = true;
        else if (order == IRevocationSwitch.Order.PauseAll) expected.all.paused = true;
        else expected.all.epoch++;
        assertState(_state(input), expected);
        assert(stop.isNonceSpent(signer, input.nonce));
        assert(stop.isNonceSpent(signer, other) == either(before, other == input.nonce));
    }

    /// @dev Submits the order, which must revert with this error, or succeed if there is none.
    function _submit(Case memory input, address signer, bytes memory signature, bytes memory expectedError) private returns (bool refused) {
        (address principal, address wallet) = (input.principal, input.wallet);
        bytes memory data = abi.encodeCall(
            stop.submitOrder, (_order(input), principal, wallet, input.epoch, signer, input.nonce, signature)
        );
        VM.prank(input.caller);
        (bool done, bytes memory result) = address(stop).call(data);
        refused = expectedError.length != 0;
        assert(done != refused);
        if (refused) assert(isError(result, expectedError));
    }

    /// @dev The first reason to revert; empty if there is none.
    function _refusal(Case memory input, address signer, bool spent, bool signed, bytes32 digest, uint64 epoch)
        private
        view
        returns (bytes memory)
    {
        if (signer != input.principal && !stop.isGuardian(input.principal, signer)) {
            return abi.encodeWithSelector(IRevocationSwitch.NotPrincipalOrGuardian.selector, signer, input.principal);
        }
        if (spent) return abi.encodeWithSelector(IRevocationSwitch.OrderSpent.selector, signer, input.nonce);
        if (!signed) return abi.encodeWithSelector(IRevocationSwitch.BadOrderSignature.selector, signer, digest);
        IRevocationSwitch.Order order = _order(input);
        if (order == IRevocationSwitch.Order.Pause || order == IRevocationSwitch.Order.Revoke) return "";
        if (input.epoch == epoch) return "";
        return abi.encodeWithSelector(IRevocationSwitch.OrderOutdated.selector, input.epoch, epoch);
    }

    function _digest(Case memory input) private view returns (bytes32) {
        (address principal, address wallet, uint256 nonce) = (input.principal, input.wallet, input.nonce);
        bytes memory words;
        if (input.choice == 0) {
            words = abi.encode(keccak256("Pause(address principal,address wallet,uint256 nonce)"), principal, wallet, nonce);
        } else if (input.choice == 1) {
            words = abi.encode(keccak256("Revoke(address principal,address wallet,uint256 nonce)"), principal, wallet, nonce);
        } else if (input.choice == 2) {
            words = abi.encode(keccak256("PauseAll(address principal,uint64 epoch,uint256 nonce)"), principal, input.epoch, nonce);
        } else {
            words = abi.encode(keccak256("RevokeAll(address principal,uint64 epoch,uint256 nonce)"), principal, input.epoch, nonce);
        }
        return signedDigest("Peculium RevocationSwitch", address(stop), keccak256(words));
    }

    function _order(Case memory input) private pure returns (IRevocationSwitch.Order) {
        return IRevocationSwitch.Order(input.choice);
    }

    function _state(Case memory input) private view returns (SwitchState memory) {
        return switchState(input.principal, input.wallet, input.guardian);
    }
}
