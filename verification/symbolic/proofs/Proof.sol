// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Halmos' cheat codes at the address of Foundry's `Vm`.
interface IVm {
    /// @notice Excludes all cases in which the condition doesn't hold.
    function assume(bool condition) external pure;

    /// @notice Makes this account the caller of the next call.
    function prank(address caller) external;

    /// @notice Sets the block's time (unix seconds).
    function warp(uint256 timestamp) external;

    /// @notice Sets an account's balance of native currency (wei).
    function deal(address account, uint256 amount) external;

    /// @notice Sets the code at an address.
    function etch(address account, bytes memory code) external;

    /// @notice Reads a word of an account's storage.
    function load(address account, bytes32 slot) external view returns (bytes32);

    /// @notice Writes a word of an account's storage.
    function store(address account, bytes32 slot, bytes32 word) external;

    /// @notice Returns the creation code of a contract, given as `File.sol:Name`.
    function getCode(string memory path) external view returns (bytes memory);
}

/// @notice Halmos' cheat codes for symbolic values.
interface ISvm {
    /// @notice Makes every word of this account's storage symbolic.
    function enableSymbolicStorage(address account) external;

    /// @notice Returns a number that stands for an account's storage as it is: equal storage, equal number.
    function snapshotStorage(address account) external returns (uint256);

    /// @notice Returns any call of any state-changing function of the contract.
    function createCalldata(string memory contractName) external returns (bytes memory data);

    /// @notice Returns any number of this many bits.
    function createUint(uint256 bits, string memory name) external returns (uint256);

    /// @notice Returns any address.
    function createAddress(string memory name) external returns (address);

    /// @notice Returns any bytes of this length.
    function createBytes(uint256 size, string memory name) external returns (bytes memory);
}

/// @title Proof
/// @notice Base of all proofs. A function whose name begins with `check_` is a property: for all values of its
/// arguments it ends without a failed `assert`. A call that reverts changes nothing, so it satisfies a
/// property; but not all paths may revert.
abstract contract Proof {
    IVm internal constant VM = IVm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
    ISvm internal constant SVM = ISvm(0xF3993A62377BCd56AE39D773740A5390411E8BC9);

    /// @dev The highest s of a signature: half the order of secp256k1.
    uint256 private constant HIGHEST_S = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;

    /// @notice Slot of a ledger's second window, relative to the ledger's own slot.
    uint256 internal constant FURTHER = 5;

    // These don't branch, unlike `&&` and `?:`, so that a property stays one formula.

    /// @notice Whether both hold.
    function both(bool a, bool b) internal pure returns (bool c) {
        assembly {
            c := and(a, b)
        }
    }

    /// @notice Whether at least one holds.
    function either(bool a, bool b) internal pure returns (bool c) {
        assembly {
            c := or(a, b)
        }
    }

    /// @notice Whether the second holds if the first does.
    function implies(bool a, bool b) internal pure returns (bool c) {
        assembly {
            c := or(iszero(a), b)
        }
    }

    /// @notice Returns the amount if the condition holds, else zero.
    function only(bool condition, uint256 amount) internal pure returns (uint256 c) {
        assembly {
            c := and(sub(0, condition), amount)
        }
    }

    /// @notice Whether the revert data is exactly this error.
    function isError(bytes memory result, bytes memory wanted) internal pure returns (bool) {
        return keccak256(result) == keccak256(wanted);
    }

    /// @notice Whether these are the 65 bytes of the signature that this account's key made (any s but the higher
    /// half, which is the same signature malleated). An account with code may have a key as well (EIP-7702).
    function isSignedByKey(address account, bytes32 digest, bytes memory signature) internal pure returns (bool) {
        if (signature.length != 65) return false;
        bytes32 r;
        bytes32 s;
        uint8 v;
        assembly ("memory-safe") {
            r := mload(add(signature, 32))
            s := mload(add(signature, 64))
            v := byte(0, mload(add(signature, 96)))
        }
        return both(both(account != address(0), uint256(s) <= HIGHEST_S), ecrecover(digest, v, r, s) == account);
    }

    /// @notice Returns the EIP-712 digest of a struct in the domain of a contract with this name and version
    /// "1".
    function signedDigest(string memory name, address verifier, bytes32 structHash) internal view returns (bytes32) {
        return signedDigest(keccak256(bytes(name)), keccak256("1"), verifier, structHash);
    }

    /// @notice The same, for a domain given by the hashes of its name and version.
    function signedDigest(bytes32 nameHash, bytes32 versionHash, address verifier, bytes32 structHash) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                nameHash,
                versionHash,
                block.chainid,
                verifier
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    /// @notice Returns the choice, at most `most`, as a constant on a path of its own.
    function pick(uint256 choice, uint256 most) internal pure returns (uint256) {
        for (uint256 i = 0; i < most; ++i) if (choice == i) return i;
        return most;
    }
}
