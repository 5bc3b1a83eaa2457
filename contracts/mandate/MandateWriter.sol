// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Mandate, MandateHead} from "../interfaces/IMandate.sol";
import {IMandateWriter} from "../interfaces/IMandateWriter.sol";
import {GuardRules} from "./GuardRules.sol";
import {MandateEncoder} from "./MandateEncoder.sol";
import {MandateHash} from "./MandateHash.sol";
import {MandateRules} from "./MandateRules.sol";
import {PowerRules} from "./PowerRules.sol";

/// @title MandateWriter
/// @notice Checks a mandate and writes it as the code of a new contract, for the wallet that calls.
/// @custom:kill Nobody can stop it, and it needs no stop: it has no state and holds nothing. It is called only
/// when a principal sets a mandate. Paying, stopping, lifting and withdrawing work without it.
contract MandateWriter is IMandateWriter {
    /// @inheritdoc IMandateWriter
    function write(Mandate calldata mandate, address[] calldata forbidden)
        external
        returns (address pointer, uint16 termsLength, bytes32 mandateHash, MandateHead memory head)
    {
        address[] memory excluded = _withGuard(forbidden, mandate.guard);
        address[] memory tokens = MandateRules.check(mandate, excluded, msg.sender);
        PowerRules.check(mandate, excluded, tokens);
        GuardRules.check(mandate, msg.sender, tokens);
        head = MandateHash.head(mandate);
        mandateHash = MandateHash.hash(head);
        (pointer, termsLength) = MandateEncoder.write(mandate, mandateHash);
    }

    /// @dev The agent may neither pay nor call its guard.
    function _withGuard(address[] calldata forbidden, address guard) private pure returns (address[] memory all) {
        if (guard == address(0)) return forbidden;
        all = new address[](forbidden.length + 1);
        for (uint256 i = 0; i < forbidden.length; ++i) all[i] = forbidden[i];
        all[forbidden.length] = guard;
    }
}
