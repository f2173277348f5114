// The page computes what the crate computes without a browser: `tests/native.rs` has written it.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { settings, test } from "./frame.mjs";

const read = name => readFileSync(join(settings.expected, name)).toString("base64");

test("trainings end with the same bits as without a browser, and without vectors", {}, async tab => {
  if (!settings.expected) return "SKIPPED: no --expected";
  const differing = await tab.page.evaluate(text => {
    const expected = Uint8Array.from(atob(text), character => character.charCodeAt(0));
    const engine = new Engine(page.module), differing = [];
    let at = 0;
    for (let architecture = 0; architecture < 3; architecture++) {
      for (let optimizer = 0; optimizer < page.choices.optimizers.length; optimizer++) {
        engine.call("use_synthetic", 500, 7);
        engine.attempt("start", architecture, optimizer, 0.003, 32, 25, 7);
        for (let step = 0; step < 40; step++) engine.call("step");
        engine.call("trained");
        const found = engine.bytes(), same = expected.subarray(at, at += found.length);
        if (found.some((byte, i) => byte !== same[i])) differing.push([architecture, optimizer]);
      }
    }
    if (at !== expected.length) differing.push(`${at} bytes, expected ${expected.length}`);
    return differing;
  }, read("trained"));
  assert.deepEqual(differing, []);
});

test("real digits are of the same classes as without a browser", {}, async tab => {
  if (!settings.expected) return "SKIPPED: no --expected";
  const [same, all] = await tab.page.evaluate(texts => {
    const [images, classes] = texts.map(text => Uint8Array.from(atob(text), character => character.charCodeAt(0)));
    const same = classes.filter((expected, at) => {
      page.engine.put(images.subarray(784 * at, 784 * (at + 1)));
      page.engine.call("predict");
      const probabilities = page.engine.floats();
      return probabilities.indexOf(Math.max(...probabilities)) === expected;
    });
    return [same.length, classes.length];
  }, [read("images"), read("classes")]);
  assert.equal(same, all);
  return `${same} of ${all}`;
});
