// Break it: the compiler's own words, while one types.

import assert from "node:assert/strict";
import { test } from "./frame.mjs";

const verdict = tab => tab.at("#verdict").innerText();

async function write(tab, text) {
  await tab.at("#program").fill(text);
  await tab.page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))));
}

test("what fits compiles, and what does not is an error of the compiler", {}, async tab => {
  await tab.choose("break");
  await write(tab, "Conv2D(filters = 8, kernel = 3, padding = 1), PReLU,\nMaxPool2D(window = 2),\nFlatten, Dense(units = 10)");
  const rows = await tab.at("#rows tbody tr").allInnerTexts();
  assert.equal(rows.length, 5, rows.join("; "));
  assert.match(rows[0], /8×28×28\s+80\s+112,896/);
  assert.match(rows[4], /Dense[^\t]*\t10(×1×1)?\s+15,690\s+31,360/);
  assert.ok(!/error/.test(await verdict(tab)), await verdict(tab));

  await write(tab, "Conv2D(filters = 8, kernel = [25, 23]),\nMaxPool2D(window = 5),");
  const text = await verdict(tab);
  assert.ok(text.includes("error[E0080]: evaluation panicked: layer 1: MaxPool2D window 5×5 does not fit its 8×4×6 input"), text);
  assert.ok(text.includes("2 | MaxPool2D(window = 5),") && text.includes("^".repeat(21)) && !text.includes("^".repeat(22)), text);

  for (const [program, error] of [
    ["Flatten,\nDense(unit = 10)", "error[E0080]: evaluation panicked: layer 1: Dense has no `unit`: did you mean `units`? It takes `units` and `bias`"],
    ["Conv2D(filters = 8, filters = 8, kernel = 3)", "error: `filters` is given twice: remove one of the two"],
    ["Dropout(percent = 0.5)", "error[E0080]: evaluation panicked: layer 0: Dropout's `percent` takes a whole number, not `0.5`"],
    ["RelU", "error[E0425]: cannot find type `RelU` in this scope"],
    ["Dense(", "error: this file contains an unclosed delimiter"],
    ["", "error: the network has no layers: at least one is needed"],
  ]) {
    await write(tab, program);
    assert.ok((await verdict(tab)).startsWith(error), `${program}: ${await verdict(tab)}`);
  }
});

test("the mistakes that the page offers", {}, async tab => {
  await tab.choose("break");
  const buttons = tab.at("#mistakes button");
  const seen = new Set();
  for (let at = 0; at < await buttons.count(); at++) {
    await buttons.nth(at).click();
    seen.add((await verdict(tab)).split("\n")[0]);
  }
  assert.equal(seen.size, await buttons.count(), [...seen].join("; "));
  return `${seen.size}`;
});
