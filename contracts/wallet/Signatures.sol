// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ERC7739} from "@openzeppelin/contracts/utils/cryptography/signers/draft-ERC7739.sol";
import {IRevocationSwitch} from "../interfaces/IRevocationSwitch.sol";
import {Terms} from "../mandate/MandateDecoder.sol";
import {Signers} from "../signatures/Signers.sol";
import {ChequeBooks} from "./ChequeBooks.sol";
import {Preauthorizations} from "./Preauthorizations.sol";

/// @title Signatures
/// @notice The wallet's ERC-1271 signatures: those of its principal, bound to this wallet and chain by
/// ERC-7739, and two bounded forms of the agent's, pre-authorized digests and cheques. Any other signature of
/// the agent key is invalid here, such as for a permit or an order.
abstract contract Signatures is ChequeBooks, Preauthorizations, ERC7739 {
    /// @dev Prefix of a cheque's signature, which distinguishes it from the principal's.
    bytes4 private constant CHEQUE_PREFIX = bytes4(keccak256("Peculium cheque"));

    /// @inheritdoc IERC1271
    function isValidSignature(bytes32 hash, bytes calldata signature) public view override returns (bytes4) {
        if (_isAgentSignature(hash, signature)) return IERC1271.isValidSignature.selector;
        return super.isValidSignature(hash, signature);
    }

    /// @dev Whether the agent authorized the digest. Checks the switch as every payment does. Never reverts for
    /// the principal's signatures.
    function _isAgentSignature(bytes32 hash, bytes calldata signature) private view returns (bool) {
        if (!_inForce) return false;
        Terms terms = _termsInForce();
        bool cheque = bytes4(signature) == CHEQUE_PREFIX && terms.bookCount() != 0;
        if (!cheque && !_isAuthorized(terms, hash)) return false;
        if (block.timestamp < terms.validFrom() || block.timestamp >= terms.validUntil()) return false;
        try IRevocationSwitch(SWITCH).requireLive(terms.principal(), address(this), terms.epoch()) returns (bool) {}
        catch {
            return false;
        }
        return !cheque || _isCheque(terms, hash, signature[4:]);
    }

    function _rawSignatureValidation(bytes32 hash, bytes calldata signature) internal view override returns (bool) {
        return Signers.hasSigned(principal(), hash, signature);
    }
}
