// Repairs alto's safe mode, which checks each operation against ERC-7562 by its own tracer and rules.
// alto 0.0.20 looks for the result of `simulateValidation` in a revert, but its contract returns the result. So safe mode
// refuses every operation for EntryPoint 0.7 and later with an internal error. Here the result comes from the check that
// alto uses without safe mode, and the trace from the same call as in alto. Tracer and rules stay alto's own.
import { encodeFunctionData, zeroAddress } from "./node_modules/viem/_esm/index.js";
import { bundlerCollectorTracer } from "./node_modules/@pimlico/alto/esm/rpc/validation/BundlerCollectorTracerV07.js";
import { SafeValidator } from "./node_modules/@pimlico/alto/esm/rpc/validation/SafeValidator.js";
import { UnsafeValidator } from "./node_modules/@pimlico/alto/esm/rpc/validation/UnsafeValidator.js";
import { debug_traceCall } from "./node_modules/@pimlico/alto/esm/rpc/validation/tracer.js";
import { pimlicoSimulationsAbi } from "./node_modules/@pimlico/alto/esm/types/index.js";
import { toPackedUserOp } from "./node_modules/@pimlico/alto/esm/utils/index.js";

SafeValidator.prototype.getValidationResultWithTracerV07 = async function (userOp, queuedUserOps, entryPoint) {
  const result = await UnsafeValidator.prototype.getValidationResult07.call(this, { userOp, queuedUserOps, entryPoint });
  const { epSimulationsAddress, pimlicoSimulation } = this.gasEstimationHandler.gasEstimator07.getSimulationContracts(
    entryPoint,
    userOp,
  );
  const call = {
    from: zeroAddress,
    to: pimlicoSimulation.address,
    data: encodeFunctionData({
      abi: pimlicoSimulationsAbi,
      functionName: "simulateValidation",
      args: [epSimulationsAddress, entryPoint, queuedUserOps.map(toPackedUserOp), toPackedUserOp(userOp)],
    }),
  };
  return [result, await debug_traceCall(this.config.publicClient, call, { tracer: bundlerCollectorTracer })];
};
