// Uses one wallet through a bundler as a viem developer would: as a smart account of the agent, and as one of the
// principal. Reads a request as JSON from standard input:
//   node, bundler             URLs of the chain and the bundler
//   wallet, agentKey, principalKey, token, payee, recipient
//   factory, created, createWallet, createAgent
//                             factory, address of a second wallet that does not exist yet, and the calldata of two
//                             functions of the factory, which create it and its agent
//   modules                   the package.json beside which viem is installed
// Prints JSON: `paid`, `withdrawn` and `created` (whether the user operations succeeded), and `refusal` (why the bundler
// refused an action of the principal that the agent signed).
const request = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const load = require("node:module").createRequire(request.modules);
const viem = load("viem");
const { createBundlerClient, entryPoint08Abi, entryPoint08Address, getUserOperationTypedData, toSmartAccount } =
  load("viem/account-abstraction");
const { privateKeyToAccount } = load("viem/accounts");

const walletAbi = viem.parseAbi([
  "function pay(address token, address payee, uint256 amount, bytes32 ref)",
  "function execute(address target, uint256 value, bytes data)",
  "function mandateHash() view returns (bytes32)",
  "function operationGas() view returns (uint256 operationLimit, uint256 windowLimit, uint256 remaining, uint256 period)",
]);
const EXECUTE_USER_OP = "0x8dd7712f";
const PAYMENT = 3_000_000n;
const WITHDRAWAL = 7_000_000n;

async function smartAccount(client, owner, nonceKey, encodeCalls, wallet = request.wallet, factoryData = undefined) {
  const notNeeded = async () => { throw new Error("not needed here") };
  return toSmartAccount({
    client,
    entryPoint: { abi: entryPoint08Abi, address: entryPoint08Address, version: "0.8" },
    getAddress: async () => wallet,
    getFactoryArgs: async () => ({ factory: factoryData && request.factory, factoryData }),
    encodeCalls,
    getNonce: () =>
      client.readContract({
        abi: entryPoint08Abi,
        address: entryPoint08Address,
        functionName: "getNonce",
        args: [wallet, nonceKey],
      }),
    getStubSignature: async () => "0x" + "11".repeat(64) + "1b",
    signMessage: notNeeded,
    signTypedData: notNeeded,
    signUserOperation: async (operation) =>
      owner.signTypedData(
        getUserOperationTypedData({
          chainId: client.chain.id,
          entryPointAddress: entryPoint08Address,
          userOperation: { ...operation, sender: wallet },
        }),
      ),
  });
}

async function main() {
  const id = Number(await viem.createPublicClient({ transport: viem.http(request.node) }).getChainId());
  const chain = viem.defineChain({
    id,
    name: "local",
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [request.node] } },
  });
  const client = viem.createPublicClient({ chain, transport: viem.http(request.node) });
  const bundler = createBundlerClient({ client, chain, transport: viem.http(request.bundler), pollingInterval: 100 });
  const read = (functionName) => client.readContract({ abi: walletAbi, address: request.wallet, functionName });
  const encode = (functionName, args) => viem.encodeFunctionData({ abi: walletAbi, functionName, args });
  const encodeExecute = async ([call]) => encode("execute", [call.to, call.value ?? 0n, call.data]);
  const send = async (account, call) =>
    bundler.waitForUserOperationReceipt({ hash: await bundler.sendUserOperation({ account, calls: [call] }) });

  // The agent's nonce key starts with the mandate's hash; its calldata starts with executeUserOp and the gas period.
  const agentKey = privateKeyToAccount(request.agentKey);
  const agentNonceKey = BigInt(viem.slice(await read("mandateHash"), 0, 16)) << 64n;
  const [, , , period] = await read("operationGas");
  const now = (await client.getBlock()).timestamp;
  const prefix = viem.concat([EXECUTE_USER_OP, viem.numberToHex(now / period, { size: 4 })]);
  const agent = await smartAccount(client, agentKey, agentNonceKey, async ([call]) => viem.concat([prefix, call.data]));
  const reference = viem.stringToHex("viem", { size: 32 });
  const paid = await send(agent, {
    to: request.wallet,
    data: encode("pay", [request.token, request.payee, PAYMENT, reference]),
  });

  // The principal uses any function of the wallet, as with any smart account.
  const principal = await smartAccount(client, privateKeyToAccount(request.principalKey), 0n, encodeExecute);
  const transfer = {
    to: request.token,
    data: viem.encodeFunctionData({
      abi: viem.erc20Abi,
      functionName: "transfer",
      args: [request.recipient, WITHDRAWAL],
    }),
  };
  const withdrawn = await send(principal, transfer);

  // The principal's first operation creates its wallet by the factory data, and its agent by a call of the wallet.
  const newborn = await smartAccount(
    client, privateKeyToAccount(request.principalKey), 0n, encodeExecute, request.created, request.createWallet,
  );
  const created = await send(newborn, { to: request.factory, data: request.createAgent });

  // An agent that signs the principal's action is refused in validation.
  const rogue = await smartAccount(client, agentKey, agentNonceKey, encodeExecute);
  const refusal = await bundler
    .sendUserOperation({ account: rogue, calls: [transfer] })
    .then(() => "", (error) => error.details ?? String(error));
  console.log(JSON.stringify({ paid: paid.success, withdrawn: withdrawn.success, created: created.success, refusal }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
