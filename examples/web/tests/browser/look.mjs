// Look inside: every layer, forward and backward, and that each number is the sum that is shown.

import assert from "node:assert/strict";
import { draw } from "./draw.mjs";
import { test } from "./frame.mjs";

const KINDS = ["Conv2D", "PReLU", "MaxPool2D", "Conv2D", "PReLU", "MaxPool2D", "Flatten", "Dropout", "Dense"];

async function look(tab, digit) {
  await draw(tab, digit);
  await tab.choose("look");
  return tab.at("#layers button");
}

/// The map whose numbers are explained: that of the output, or, backward, of the input.
async function made(tab) {
  return tab.at("#maps canvas").nth(await tab.at("#backward").isChecked() ? 0 : 1);
}

/// Points at a place of the map, as shares of its width and height, and returns what the page says of the number there.
async function point(tab, x, y) {
  const canvas = await made(tab);
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  await tab.page.mouse.move(box.x + x * box.width, box.y + y * box.height);
  return {
    text: await tab.at("#sum").innerText(),
    value: Number(await tab.data("#sum", "value")), given: Number(await tab.data("#sum", "given")),
  };
}

for (const backward of [false, true]) {
  test(`every layer ${backward ? "backward" : "forward"}: the sum is the number that the layer gave`, {}, async tab => {
    const layers = await look(tab, 3);
    assert.equal(await layers.count(), KINDS.length, "layers");
    if (backward) await tab.at("#truth").selectOption("5"); // a wrong answer has a gradient
    await tab.at("#backward").setChecked(backward);
    let compared = 0, largest = 0;
    for (let at = 0; at < KINDS.length; at++) {
      await layers.nth(at).click();
      const title = await tab.at("#layer-title").innerText();
      assert.ok(title.includes(KINDS[at]) && /backward/i.test(title) === backward, title);
      for (const [x, y] of [[0.03, 0.03], [0.3, 0.3], [0.52, 0.48], [0.27, 0.71], [0.77, 0.2], [0.96, 0.96], [0.4, 0.55]]) {
        const { text, value, given } = await point(tab, x, y);
        assert.ok(text.length > 20 && !/NaN|undefined|Infinity/.test(text), `${title}: ${text}`);
        assert.ok(Math.abs(value - given) <= 1e-4 * Math.max(1, Math.abs(given)), `${title}: ${value} is not ${given}: ${text}`);
        compared += 1;
        largest = Math.max(largest, Math.abs(given));
      }
      const equation = await tab.at("#equation").innerText(), source = await tab.at("#source").innerText();
      assert.ok(equation.includes("→"), `the equation of ${title}: ${equation}`);
      assert.ok(/fn \w+/.test(source), `the Rust of ${title}: ${source.slice(0, 80)}`);
      assert.match(await tab.at("#source-place").innerText(), /src\/\w+\/.*\.rs, line \d+/);
    }
    assert.ok(largest > 1e-3, `the largest number pointed at is ${largest}`);
    return `${compared} numbers`;
  });
}

test("the stepper goes through all layers forward and backward, and around", {}, async tab => {
  const layers = await look(tab, 5);
  const titles = [];
  await layers.first().click();
  for (let i = 0; i < 2 * KINDS.length; i++) {
    titles.push(await tab.at("#layer-title").innerText());
    await tab.at("#next-step").click();
  }
  assert.equal(new Set(titles).size, 2 * KINDS.length, titles.join("; "));
  assert.equal(await tab.at("#layer-title").innerText(), titles[0], "after the last step comes the first");
  await tab.at("#previous-step").click();
  assert.equal(await tab.at("#layer-title").innerText(), titles.at(-1), "before the first step is the last");
  assert.ok(await tab.at("#backward").isChecked(), "the last step is backward");
});

test("play goes on by itself until it is paused", {}, async tab => {
  const layers = await look(tab, 5);
  await layers.first().click();
  const title = () => tab.at("#layer-title").innerText();
  const first = await title();
  await tab.at("#play").click();
  await tab.until("the next step", 10, first => document.getElementById("layer-title").innerText !== first, first);
  await tab.at("#play").click();
  const stopped = await title();
  await tab.page.waitForTimeout(2500);
  assert.equal(await title(), stopped, "after it was paused");
});

test("without motion where the system wants none", { still: true }, async tab => {
  await look(tab, 5);
  assert.equal(await tab.at("#motion").isChecked(), false, "#motion");
  const moving = () => tab.page.evaluate(() => document.getAnimations().filter(one => one.playState === "running").length);
  await tab.at("#play").click();
  await tab.page.waitForTimeout(1800);
  assert.equal(await moving(), 0, "animations that run");
  await tab.at("#play").click();
});

test("look inside by keyboard alone", {}, async tab => {
  const layers = await look(tab, 8);
  await layers.nth(2).focus();
  await tab.page.keyboard.press("Enter");
  assert.match(await tab.at("#layer-title").innerText(), /MaxPool2D/);
  const focused = await tab.page.evaluate(() => document.activeElement.closest("#layers") !== null);
  assert.ok(focused, "the focus stays on the layer that was chosen");
  await (await made(tab)).focus();
  const seen = new Set([await tab.at("#sum").innerText()]);
  for (const key of ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"]) {
    await tab.page.keyboard.press(key);
    seen.add(await tab.at("#sum").innerText());
  }
  assert.ok(seen.size >= 4, [...seen].join("; "));
  await tab.at("#backward").focus();
  await tab.page.keyboard.press(" ");
  assert.match(await tab.at("#layer-title").innerText(), /backward/i);
});

test("the right answer decides about the loss", {}, async tab => {
  const layers = await look(tab, 7);
  await layers.last().click();
  const loss = async truth => {
    await tab.at("#truth").selectOption(truth);
    const text = await tab.at("#layer-text").innerText();
    return Number(text.match(/loss is ([\d.e−-]+\d)/)[1].replace("−", "-"));
  };
  const [right, wrong] = [await loss("7"), await loss("4")];
  assert.ok(right < 1 && wrong > 1, `${right} if it is a 7, ${wrong} if it is a 4`);
});
