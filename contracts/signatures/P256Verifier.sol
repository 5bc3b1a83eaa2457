// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC7913P256Verifier} from "@openzeppelin/contracts/utils/cryptography/verifiers/ERC7913P256Verifier.sol";

/// @title P256Verifier
/// @notice Checks P-256 signatures (ERC-7913) for agent keys in enclaves, with the chain's precompile (EIP-7951) or,
/// where there is none, in Solidity. It is OpenZeppelin's, deployed with the suite so that its address is known.
/// Passkeys sign something else (WebAuthn), which it doesn't take.
/// @custom:kill Nobody can stop it, and it needs no stop: it has no state and no authority. An agent whose key
/// it checks is stopped in the switch like any other.
contract P256Verifier is ERC7913P256Verifier {}
