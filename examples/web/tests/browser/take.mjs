// Take it along: files that other programs read, and back into the page.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { answer, draw } from "./draw.mjs";
import { root, settings, test } from "./frame.mjs";
import { train } from "./train.mjs";

const SEVEN = join(root, "examples/predict/seven.png");

/// Clicks, and keeps the file that comes.
async function download(tab, button, name) {
  const coming = tab.page.waitForEvent("download");
  await tab.at(button).click();
  const file = join(settings.folder, name);
  await (await coming).saveAs(file);
  return file;
}

async function open(tab, file) {
  const before = await tab.at("#take-message").innerText();
  await tab.at("#load").setInputFiles(file);
  await tab.until("a message", 10, before => !["", before].includes(document.getElementById("take-message").innerText), before);
  return tab.at("#take-message").innerText();
}

/// What the page makes of the picture of a seven.
async function seven(tab) {
  await tab.choose("draw");
  await tab.at("#upload").setInputFiles(SEVEN);
  return answer(tab);
}

test("a network of the page is read by the native program, with the same answer", {}, async tab => {
  const here = await seven(tab);
  await tab.choose("take");
  const file = await download(tab, "#save-safetensors", "shipped.safetensors");
  assert.ok(readFileSync(file).length > 10_000);
  if (!settings.predict) return "there is no native program to compare with";
  const there = JSON.parse(execFileSync(settings.predict, ["--json", "--model", file, SEVEN], { encoding: "utf8" }).trim());
  assert.equal(there.digit, here.name);
  const probability = Math.max(...JSON.stringify(there).match(/\d\.\d+(?:e-?\d+)?/g).map(Number));
  const percent = probability <= 1 ? 100 * probability : probability;
  assert.ok(Math.abs(percent - here.percent) < 0.02, `${percent} % there, ${here.percent} % here`);
  return `${here.name} with ${here.percent} % in both`;
});

test("a network trained here is saved, forgotten, and opened again", {}, async tab => {
  await tab.choose("train");
  await train(tab, 0.8);
  await tab.page.waitForTimeout(500);
  await tab.choose("draw");
  const trained = await draw(tab, 7);
  await tab.choose("take");
  const file = await download(tab, "#save-safetensors", "trained.safetensors");
  await tab.at("#shipped").click();
  await tab.choose("draw");
  await draw(tab, 7);
  await tab.choose("take");
  const shipped = await download(tab, "#save-safetensors", "shipped.safetensors");
  assert.notDeepEqual(readFileSync(shipped), readFileSync(file), "the network of the examples is another");
  const message = await open(tab, file);
  assert.ok(!/error|expected/i.test(message), message);
  await tab.choose("draw");
  assert.deepEqual(await draw(tab, 7), trained);
  if (settings.predict) {
    const output = execFileSync(settings.predict, ["--json", "--model", file, SEVEN], { encoding: "utf8" });
    assert.match(output, /"digit":"\d"/);
  }
});

test("ONNX is saved", {}, async tab => {
  await tab.choose("take");
  const bytes = readFileSync(await download(tab, "#save-onnx", "digits.onnx"));
  // A ModelProto begins with its IR version, field 1.
  assert.equal(bytes[0], 0x08);
  for (const operator of ["Conv", "MaxPool", "Gemm"]) assert.ok(bytes.includes(operator), operator);
  return `${(bytes.length / 1000).toFixed(0)} kB`;
});

test("files that are no network of the page are refused in words", {}, async tab => {
  const before = await seven(tab);
  await tab.choose("take");
  const good = readFileSync(await download(tab, "#save-safetensors", "good.safetensors"));
  const broken = join(settings.folder, "broken.safetensors");
  for (const [what, bytes] of [["empty", Buffer.alloc(0)], ["cut short", good.subarray(0, 5000)], ["a picture", readFileSync(SEVEN)]]) {
    writeFileSync(broken, bytes);
    const message = await open(tab, broken);
    assert.ok(message.includes("broken.safetensors") && message.length > 25, `${what}: ${message}`);
    await tab.page.evaluate(() => { document.getElementById("take-message").innerText = ""; });
  }
  assert.deepEqual(await seven(tab), before, "the network that was open stays");
});
