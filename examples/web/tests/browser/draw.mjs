// Draw: ten digits by mouse, one by touch and one by keyboard, and pictures.

import assert from "node:assert/strict";
import { join } from "node:path";
import { DIGITS } from "./digits.mjs";
import { root, test } from "./frame.mjs";

/// Where a point of the unit square is on the screen.
async function onPad(tab) {
  await tab.at("#pad").scrollIntoViewIfNeeded();
  const box = await tab.at("#pad").boundingBox();
  return ([x, y]) => [box.x + x * box.width, box.y + y * box.height];
}

/// Draws a digit with the mouse.
export async function draw(tab, digit) {
  await tab.at("#clear").click();
  const place = await onPad(tab);
  for (const stroke of DIGITS[digit]) {
    await tab.page.mouse.move(...place(stroke[0]));
    await tab.page.mouse.down();
    for (const point of stroke.slice(1)) await tab.page.mouse.move(...place(point), { steps: 2 });
    await tab.page.mouse.up();
  }
  return answer(tab);
}

/// The class and the percentage of the answer, once the page has drawn it.
export async function answer(tab) {
  await tab.page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))));
  await tab.until("an answer", 5, () => (document.getElementById("answer").dataset.class ?? "") !== "");
  return { name: await tab.data("#answer", "class"), percent: Number(await tab.data("#answer", "percent")) };
}

test("ten digits drawn with the mouse", {}, async tab => {
  const answers = [];
  for (let digit = 0; digit < 10; digit++) {
    const { name, percent } = await draw(tab, digit);
    answers.push({ digit, name, percent, right: name === String(digit) });
    assert.ok(percent >= 10 && percent <= 100, `${percent} % of the largest of ten`);
  }
  const wrong = answers.filter(answer => !answer.right).map(({ digit, name, percent }) => `${digit} is taken for ${name} (${percent} %)`);
  assert.ok(wrong.length <= 1, wrong.join(", "));
  const milliseconds = Number(await tab.data("#cost", "ms"));
  // A browser's clock counts tenths of a millisecond, and a prediction may take less; NaN, if the page says nothing, is neither.
  assert.ok(milliseconds >= 0 && milliseconds < 1000, `a prediction of ${milliseconds} ms`);
  return `${10 - wrong.length} of 10 right${wrong.length ? `; ${wrong}` : ""}; a prediction takes ${milliseconds.toFixed(2)} ms`;
});

test("what the network sees is the drawing, centered", {}, async tab => {
  await draw(tab, 1);
  const { width, height, gray } = await tab.seen();
  assert.deepEqual([width, height, gray.length], [28, 28, 784]);
  const center = axis => {
    const weighted = gray.reduce((sum, value, i) => sum + value * (axis ? i % 28 : Math.floor(i / 28)), 0);
    return weighted / gray.reduce((sum, value) => sum + value, 0);
  };
  for (const axis of [0, 1]) assert.ok(Math.abs(center(axis) - 13.5) < 1.5, `the center of mass is ${center(axis)} along axis ${axis}`);
  assert.ok(gray.filter(value => value > 128).length > 20, "ink");
});

test("clear and undo", {}, async tab => {
  await draw(tab, 4);
  await tab.at("#undo").click();
  const { gray } = await tab.seen();
  await tab.at("#undo").click();
  await tab.at("#undo").click(); // there is nothing left to undo
  const empty = (await tab.seen()).gray;
  assert.notDeepEqual(gray, empty);
  assert.equal(await tab.data("#answer", "class"), "", "the class of nothing");
  await draw(tab, 7);
  await tab.at("#clear").click();
  assert.deepEqual((await tab.seen()).gray, empty);
  assert.equal(await tab.data("#answer", "class"), "", "the class of nothing");
});

test("a digit drawn with the finger on a phone", { phone: true }, async tab => {
  const place = await onPad(tab);
  const client = await tab.page.context().newCDPSession(tab.page);
  const touch = (type, point) => client.send("Input.dispatchTouchEvent", {
    type, touchPoints: point ? [{ x: place(point)[0], y: place(point)[1] }] : [],
  });
  const scrolled = () => tab.page.evaluate(() => window.scrollY);
  const before = await scrolled();
  for (const stroke of DIGITS[3]) {
    await touch("touchStart", stroke[0]);
    for (const point of stroke.slice(1)) await touch("touchMove", point);
    await touch("touchEnd");
  }
  const { name, percent } = await answer(tab);
  assert.equal(name, "3", `${percent} %`);
  assert.equal(await scrolled(), before, "the page must not scroll while a finger draws");
});

test("a digit drawn with the keyboard", {}, async tab => {
  const keyboard = tab.page.keyboard;
  await tab.at("#pad").focus();
  const go = async (key, times) => { for (let i = 0; i < times; i++) await keyboard.press(key); };
  await go("ArrowUp", 6);
  await keyboard.press(" ");
  await go("ArrowDown", 12);
  await keyboard.press(" ");
  const { name, percent } = await answer(tab);
  assert.equal(name, "1", `a stroke from above, ${percent} %`);
});

test("a picture from a file", {}, async tab => {
  await tab.at("#upload").setInputFiles(join(root, "examples/predict/seven.png"));
  const { name, percent } = await answer(tab);
  assert.equal(name, "7");
  assert.ok(percent > 90, `${percent} %`);
});

test("a file that is no picture is refused in words", {}, async tab => {
  await tab.at("#upload").setInputFiles(join(root, "README.md"));
  await tab.until("a refusal", 5, () => document.getElementById("answer").textContent.length > 3);
  assert.equal(await tab.data("#answer", "class"), "", "the class of no picture");
  const { name } = await draw(tab, 7);
  assert.equal(name, "7", "drawn after it");
});

test("a prediction is asked for before anything is drawn", {}, async tab => {
  await tab.at("#clear").click();
  await tab.choose("look");
  await tab.choose("draw");
  assert.equal(await tab.data("#answer", "class"), "");
});
