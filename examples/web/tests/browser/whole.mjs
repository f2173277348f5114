// The page as a whole: it loads, alone and silently; everybody can use it, on every screen.

import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { DESKTOP, PHONE, settings, test } from "./frame.mjs";

const TABS = ["draw", "look", "train", "break", "take"];

test("the page is one small file without addresses to load from", {}, async () => {
  const bytes = statSync(settings.page).size;
  assert.ok(bytes <= 1 << 20, `${bytes} bytes, expected at most ${1 << 20}`);
  const text = readFileSync(settings.page, "utf8");
  const loads = text.match(/<(?:script|img|iframe|source|link)\b[^>]*\b(?:src|href)="(?!data:|#)[^"]*"/g);
  assert.deepEqual(loads, null, "tags that load something");
  return `${(bytes / 1000).toFixed(0)} kB`;
});

for (const [from, file] of [["a server", false], ["a file", true]]) {
  test(`the page opens from ${from} and every tab without a message or a request`, { file }, async tab => {
    for (const name of TABS) {
      await tab.choose(name);
      for (const other of TABS.filter(other => other !== name)) {
        assert.equal(await tab.at(`#${other}`).isVisible(), false, `#${other} while ${name} is chosen`);
      }
    }
    await tab.page.waitForTimeout(500);
  });
}

for (const dark of [false, true]) {
  for (const phone of [false, true]) {
    const name = `axe finds nothing: ${dark ? "dark" : "light"}, ${phone ? "phone" : "desktop"}`;
    test(name, { dark, phone, still: true }, async tab => {
      await tab.page.evaluate(settings.axe);
      const found = [];
      for (const name of TABS) {
        await tab.choose(name);
        await tab.page.waitForTimeout(150);
        const { violations } = await tab.page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
        for (const { id, help, nodes } of violations) {
          const where = nodes.slice(0, 3).map(node => `${node.target.join(" ")} (${node.any[0]?.message ?? node.html})`);
          found.push(`${name}: ${id}: ${help}: ${where.join("; ")}`);
        }
      }
      assert.deepEqual(found, []);
    });
  }
}

for (const [name, size] of [["desktop", DESKTOP], ["phone", PHONE], ["a narrow phone", { width: 320, height: 568 }]]) {
  test(`nothing is wider than the screen: ${name}`, { phone: size !== DESKTOP }, async tab => {
    await tab.page.setViewportSize(size);
    for (const name of TABS) {
      await tab.choose(name);
      const wide = await tab.page.evaluate(() => {
        const page = document.documentElement;
        if (page.scrollWidth <= page.clientWidth) return [];
        const all = [...document.querySelectorAll("main *")];
        return [`${page.scrollWidth} of ${page.clientWidth}`].concat(
          all.filter(one => one.getBoundingClientRect().right > page.clientWidth + 1).slice(0, 5).map(one => `${one.tagName}#${one.id}`));
      });
      assert.deepEqual(wide, [], name);
    }
  });
}

test("the window changes its size and the page stays right", {}, async tab => {
  for (const size of [PHONE, { width: 844, height: 390 }, DESKTOP]) {
    await tab.page.setViewportSize(size);
    for (const name of TABS) {
      await tab.choose(name);
      assert.ok(await tab.at(`#${name}`).isVisible(), `${name} at ${size.width}×${size.height}`);
    }
  }
});

test("tabs by keyboard alone: Tab, arrows, Home, End, Enter", {}, async tab => {
  const focused = () => tab.page.evaluate(() => document.activeElement?.id ?? "");
  const keyboard = tab.page.keyboard;
  for (let i = 0; i < 5 && (await focused()) !== "tab-draw"; i++) await keyboard.press("Tab");
  assert.equal(await focused(), "tab-draw", "the focus after Tab");
  for (const name of ["look", "train", "break", "take", "draw"]) {
    await keyboard.press("ArrowRight");
    assert.equal(await focused(), `tab-${name}`, "the focus after ArrowRight");
    await keyboard.press("Enter");
    assert.equal(await tab.at(`#tab-${name}`).getAttribute("aria-selected"), "true", name);
    assert.ok(await tab.at(`#${name}`).isVisible(), name);
  }
  await keyboard.press("ArrowLeft");
  assert.equal(await focused(), "tab-take", "the focus after ArrowLeft");
  await keyboard.press("Home");
  assert.equal(await focused(), "tab-draw", "the focus after Home");
  await keyboard.press("End");
  assert.equal(await focused(), "tab-take", "the focus after End");
});

test("everything that has the focus shows it", {}, async tab => {
  const without = new Set();
  for (const name of TABS) {
    await tab.choose(name);
    for (let i = 0; i < 40; i++) {
      await tab.page.keyboard.press("Tab");
      const [id, shown, body] = await tab.page.evaluate(() => {
        const one = document.activeElement, style = getComputedStyle(one);
        const label = one.labels?.[0] ? getComputedStyle(one.labels[0]) : null;
        const outline = from => from && from.outlineStyle !== "none" && parseFloat(from.outlineWidth) > 0;
        return [one.id || one.outerHTML.slice(0, 60), outline(style) || outline(label) || style.boxShadow !== "none", one === document.body];
      });
      if (body) break;
      if (!shown) without.add(`${name}: ${id}`);
    }
  }
  assert.deepEqual([...without], []);
});
