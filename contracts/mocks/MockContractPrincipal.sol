// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ERC721Holder} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Holder.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {IWalletCommon} from "../interfaces/IWalletCommon.sol";

/// @title MockContractPrincipal
/// @notice A test double: a principal (or agent key, or issuer) that is a contract, like a Safe with a single
/// owner. The owner acts through `execute`, and signs for the contract (ERC-1271).
/// @dev The fallback answers `isValidSignature`, because only a fallback can return data of any length. It
/// isn't in the ABI: call it through IERC1271.
/// @custom:kill Never stopped: a test double, not for deployment to a live chain.
contract MockContractPrincipal is ERC721Holder {
    /// @notice How it answers a signature check.
    /// - Honest: the magic value for the owner's signature over the hash itself, zero for any other.
    /// - SaysYes: the magic value for anything, as a hostile or careless wallet does.
    /// - WrongMagic: another value, even for the owner's signature.
    /// - DirtyMagic: the magic value, followed by bytes that aren't zero.
    /// - ShortData: the magic value in four bytes, not 32.
    /// - NoData: nothing.
    /// - Reverts: a revert.
    /// - BurnsGas: no answer; it consumes all gas.
    enum Behavior {
        Honest,
        SaysYes,
        WrongMagic,
        DirtyMagic,
        ShortData,
        NoData,
        Reverts,
        BurnsGas
    }

    /// @notice Thrown when the caller isn't the owner.
    error NotOwner(address caller, address owner);
    /// @notice Thrown by a signature check if the behavior is Reverts.
    error SignatureRefused(bytes32 hash);
    /// @notice Thrown when a function is called that the contract doesn't have.
    error UnknownFunction(bytes4 selector);

    /// @notice Owner, who acts and signs for this contract.
    address public owner;
    /// @notice How it answers signature checks.
    Behavior public behavior;

    /// @notice Wallet that it reads before it answers; zero for none. Its principal must be this contract.
    address public watched;

    /// @param newOwner Owner, who acts and signs for this contract.
    constructor(address newOwner) {
        owner = newOwner;
    }

    /// @notice Accepts native currency.
    receive() external payable {}

    /* OWNER */

    /// @notice Makes any call as this contract. Reverts with the call's own revert data.
    /// @dev Caller: the owner.
    function execute(address target, uint256 value, bytes calldata data)
        external
        payable
        returns (bytes memory returndata)
    {
        require(msg.sender == owner, NotOwner(msg.sender, owner));
        bool success;
        (success, returndata) = target.call{value: value}(data);
        if (!success) LowLevelCall.bubbleRevert(returndata);
    }

    /// @notice Sets another owner. Signatures of the old one become invalid.
    /// @dev Caller: the owner.
    function setOwner(address newOwner) external {
        require(msg.sender == owner, NotOwner(msg.sender, owner));
        owner = newOwner;
    }

    /// @notice Sets how it answers signature checks. Caller: anyone.
    function setBehavior(Behavior newBehavior) external {
        behavior = newBehavior;
    }

    /// @notice Sets a wallet to read before it answers: no signature is valid unless the wallet belongs to this
    /// contract.
    /// @dev Caller: the owner.
    function watch(address wallet) external {
        require(msg.sender == owner, NotOwner(msg.sender, owner));
        watched = wallet;
    }

    /* ERC-1271 */

    /// @notice Answers `isValidSignature(bytes32,bytes)`, and reverts for any other function.
    fallback(bytes calldata input) external returns (bytes memory) {
        require(msg.sig == IERC1271.isValidSignature.selector, UnknownFunction(msg.sig));
        (bytes32 hash, bytes memory signature) = abi.decode(input[4:], (bytes32, bytes));
        return _answer(hash, signature);
    }

    function _answer(bytes32 hash, bytes memory signature) private view returns (bytes memory) {
        bytes4 magic = IERC1271.isValidSignature.selector;
        Behavior current = behavior;
        if (current == Behavior.SaysYes) return abi.encode(magic);
        if (current == Behavior.WrongMagic) return abi.encode(~magic);
        if (current == Behavior.DirtyMagic) return abi.encode(bytes32(magic) | bytes32(uint256(1)));
        if (current == Behavior.ShortData) return abi.encodePacked(magic);
        if (current == Behavior.NoData) return "";
        if (current == Behavior.Reverts) revert SignatureRefused(hash);
        while (current == Behavior.BurnsGas) {}
        (address signer, ECDSA.RecoverError failure,) = ECDSA.tryRecover(hash, signature);
        bool own = watched == address(0) || IWalletCommon(watched).principal() == address(this);
        bool valid = failure == ECDSA.RecoverError.NoError && signer == owner && own;
        return abi.encode(valid ? magic : bytes4(0));
    }
}
