// The page in a real browser. `.ci/web` runs it; by hand:
//
//   node examples/web/tests/browser.mjs --page target/web/index.html --modules DIR --browser /usr/bin/chromium
//
// DIR has node_modules with playwright-core and axe-core. --screenshots DIR keeps a picture of every test, --only WORD runs the tests
// with the word in their names, and --predict FILE is the native example `predict`, which then reads what the page has saved;
// --expected DIR is what `tests/native.rs` wrote there, which the page must compute too.

import { parseArgs } from "node:util";
import { run } from "./browser/frame.mjs";
import "./browser/whole.mjs";
import "./browser/draw.mjs";
import "./browser/look.mjs";
import "./browser/train.mjs";
import "./browser/break.mjs";
import "./browser/take.mjs";
import "./browser/same.mjs";

const text = { type: "string" };
const { values } = parseArgs({
  options: { page: text, modules: text, browser: text, screenshots: text, only: text, predict: text, expected: text },
});
for (const name of ["page", "modules", "browser"]) {
  if (values[name] === undefined) {
    console.error(`error: --${name} is missing; see the first lines of examples/web/tests/browser.mjs`);
    process.exit(2);
  }
}
process.exit(await run(values));
