// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC7913P256Verifier} from "@openzeppelin/contracts/utils/cryptography/verifiers/ERC7913P256Verifier.sol";

/// @title P256Verifier
/// @notice Checks P-256 signatures (ERC-7913) for agent keys in enclaves and passkeys: the chain's precompile where there is one
/// (EIP-7951), Solidity where there is none. It is OpenZeppelin's, deployed with the suite so that there is one to name.
/// @custom:kill Nobody can stop it, and there is nothing to stop: it has no state and no power. An agent whose key it checks is
/// stopped in the switch like any other.
contract P256Verifier is ERC7913P256Verifier {}
