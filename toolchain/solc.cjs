// The Solidity compiler as ape-solidity expects it: standard JSON in, standard JSON out, on the command line.
// It is the native binary where there is one, else the compiler from npm, the same version either way.
//
// The CBOR metadata at the end of the bytecode is switched off here because ape has no setting for it. With it, the
// bytecode would depend on comments, file names and on which other files happened to be compiled in the same run.
//
// Usage: node solc.cjs <native solc, or - for the one from npm> [arguments of solc]

"use strict";

const { spawnSync } = require("node:child_process");
const { readFileSync } = require("node:fs");

const [native, ...options] = process.argv.slice(2);

if (!options.includes("--standard-json")) {
  if (native === "-") {
    process.stderr.write("This compiler reads --standard-json only: the native solc isn't available on this machine.\n");
    process.exit(1);
  }
  process.exit(spawnSync(native, options, { stdio: "inherit" }).status ?? 1);
}

const input = JSON.parse(readFileSync(0, "utf8"));
input.settings = { ...input.settings, metadata: { appendCBOR: false, bytecodeHash: "none" } };

if (native === "-") {
  process.stdout.write(require("solc").compile(JSON.stringify(input)));
} else {
  const result = spawnSync(native, options, { input: JSON.stringify(input), maxBuffer: 2 ** 30 });
  process.stderr.write(result.stderr ?? "");
  process.stdout.write(result.stdout ?? "");
  process.exitCode = result.status ?? 1;
}
