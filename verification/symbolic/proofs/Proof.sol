// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What the prover answers at a fixed address, as in Foundry's tests.
interface IWorld {
    /// @notice Leaves out every case in which the condition doesn't hold.
    function assume(bool condition) external pure;

    /// @notice The next call comes from this account.
    function prank(address caller) external;

    /// @notice Reads a word of an account's storage.
    function load(address account, bytes32 slot) external view returns (bytes32);

    /// @notice From here on it is this time (unix seconds).
    function warp(uint256 timestamp) external;
}

/// @notice What the prover answers at another fixed address.
interface ISymbols {
    /// @notice From here on every word of this account's storage has any value.
    function enableSymbolicStorage(address account) external;

    /// @notice Any call of any function of the contract that may write.
    function createCalldata(string memory contractName) external returns (bytes memory data);
}

/// @notice More of what the prover answers at its two addresses.
interface IStage {
    /// @notice Writes a word of an account's storage.
    function store(address account, bytes32 slot, bytes32 word) external;

    /// @notice Gives an account so much of the native currency (wei).
    function deal(address account, uint256 amount) external;

    /// @notice Puts code at an address.
    function etch(address account, bytes memory code) external;

    /// @notice What creates a contract, by `File.sol:Name`: as it was compiled for deployment.
    function getCode(string memory path) external view returns (bytes memory);
}

/// @notice Any value of a type.
interface IValues {
    /// @notice Any number of so many bits.
    function createUint(uint256 bits, string memory name) external returns (uint256);

    /// @notice Any account.
    function createAddress(string memory name) external returns (address);

    /// @notice Any bytes, so many.
    function createBytes(uint256 size, string memory name) external returns (bytes memory);
}

/// @title Proof
/// @notice What all proofs share. A function whose name begins with `check_` is a theorem: whatever its arguments are, it ends without a
/// failed `assert`. A call that reverts has done nothing, so it is fine; but not all may revert.
abstract contract Proof {
    IWorld internal constant WORLD = IWorld(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
    ISymbols internal constant SYMBOLS = ISymbols(0xF3993A62377BCd56AE39D773740A5390411E8BC9);
    IStage internal constant STAGE = IStage(address(WORLD));
    IValues internal constant VALUES = IValues(address(SYMBOLS));

    /// @notice Where a ledger in storage has its second window, counted from its own slot.
    uint256 internal constant FURTHER = 5;

    // These don't branch, as `&&` and `?:` would: a theorem stays one formula.

    /// @notice Whether both hold.
    function both(bool a, bool b) internal pure returns (bool c) {
        assembly {
            c := and(a, b)
        }
    }

    /// @notice Whether one of them holds, or both do.
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

    /// @notice The amount if the condition holds, else nothing.
    function only(bool condition, uint256 amount) internal pure returns (uint256 c) {
        assembly {
            c := and(sub(0, condition), amount)
        }
    }

    /// @notice Whether a refusal is this one, to its last word.
    function isError(bytes memory told, bytes memory wanted) internal pure returns (bool) {
        return keccak256(told) == keccak256(wanted);
    }

    /// @notice What is signed, as EIP-712 says it: the hash of a struct in the domain of a contract that has this name, version "1".
    function signedDigest(string memory name, address verifier, bytes32 structHash) internal view returns (bytes32) {
        return signedDigest(keccak256(bytes(name)), keccak256("1"), verifier, structHash);
    }

    /// @notice The same, of a domain that is known by the hashes of its name and version.
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

    /// @notice The choice, or the most if it is more, as a constant, on a path of its own.
    function pick(uint256 choice, uint256 most) internal pure returns (uint256) {
        for (uint256 i = 0; i < most; ++i) if (choice == i) return i;
        return most;
    }
}
