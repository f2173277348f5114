// What all tests of the page use: a browser, a server with nothing but the page, and what went wrong beside the test.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/// The folder of the crate.
export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../../../..");
export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

const tests = [];

/// A test: `work` is called with a `Tab`, which is opened with these options.
export function test(name, options, work) {
  tests.push({ name, options, work });
}

/// Everything a test can ask for beside its tab.
export const settings = { axe: "", predict: undefined, expected: undefined, page: "", folder: "" };

/// A page in a browser of its own, and all that went wrong in it.
class Tab {
  constructor(page, problems) {
    Object.assign(this, { page, problems });
  }

  at(selector) {
    return this.page.locator(selector);
  }

  /// Chooses one of the tabs: `draw`, `look`, `train`, `break` or `take`.
  async choose(name) {
    await this.at(`#tab-${name}`).click();
    await this.at(`#${name}`).waitFor({ state: "visible" });
  }

  /// What stands in an attribute `data-…`.
  async data(selector, name) {
    return (await this.at(selector).getAttribute(`data-${name}`)) ?? "";
  }

  /// Waits until a function without arguments from here is true in the page.
  async until(what, seconds, condition, argument) {
    try {
      await this.page.waitForFunction(condition, argument, { timeout: 1000 * seconds, polling: 50 });
    } catch (error) {
      throw new Error(`${what}: not within ${seconds} s (${error.message.split("\n")[0]})`);
    }
  }

  /// The numbers 0 to 255 of what the network sees.
  async seen() {
    return this.page.evaluate(() => {
      const canvas = document.getElementById("seen");
      // A copy: that the test reads the page's own canvas would make the browser warn.
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
      copy.drawImage(canvas, 0, 0);
      const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
      return { width: canvas.width, height: canvas.height, gray: Array.from(data).filter((_, i) => i % 4 === 0) };
    });
  }
}

/// Opens the page. `dark`, `phone`, `touch`, `file` (from `file://`), `still` (prefers no motion).
async function open(browser, address, { dark, phone, touch, file, still, problemsAllowed } = {}) {
  const context = await browser.newContext({
    viewport: phone ? PHONE : DESKTOP,
    hasTouch: Boolean(touch || phone),
    isMobile: Boolean(phone),
    deviceScaleFactor: phone ? 2 : 1,
    colorScheme: dark ? "dark" : "light",
    reducedMotion: still ? "reduce" : "no-preference",
    acceptDownloads: true,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const tab = new Tab(page, []);
  const url = file ? pathToFileURL(settings.page).href : address;
  page.on("console", message => tab.problems.push(`the console says (${message.type()}): ${message.text()}`));
  page.on("pageerror", error => tab.problems.push(`an error that nothing catches: ${error.stack ?? error}`));
  page.on("requestfailed", request => tab.problems.push(`a request failed: ${request.url().slice(0, 100)}`));
  page.on("request", request => {
    const to = request.url();
    if (to !== url && !/^(data|blob):/.test(to)) tab.problems.push(`a request after loading: ${to.slice(0, 100)}`);
  });
  page.on("dialog", dialog => {
    tab.problems.push(`a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  await page.goto(url);
  await tab.until("the page starts", 30, () => !/starting/i.test(document.getElementById("which")?.textContent ?? "starting"));
  if (problemsAllowed) tab.problems.length = 0;
  return tab;
}

/// A server of the page, and of nothing else.
function serve() {
  const page = readFileSync(settings.page);
  const server = createServer((request, response) => {
    const found = request.url === "/";
    response.writeHead(found ? 200 : 404, { "content-type": "text/html; charset=utf-8" });
    response.end(found ? page : "");
  });
  return new Promise(done => server.listen(0, "127.0.0.1", () => done(server)));
}

/// Runs the tests and returns how many failed.
export async function run({ page, modules, browser: program, screenshots, only, predict, expected }) {
  const require = createRequire(join(resolve(modules), "none.js"));
  const { chromium } = require("playwright-core");
  settings.axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
  settings.page = resolve(page);
  settings.predict = predict && resolve(predict);
  settings.expected = expected && resolve(expected);
  settings.folder = mkdtempSync(join(tmpdir(), "shapeproof-web-"));
  if (screenshots) mkdirSync(screenshots, { recursive: true });
  const server = await serve();
  const address = `http://127.0.0.1:${server.address().port}/`;
  const browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox", "--disable-gpu"] });
  let failed = 0, ran = 0;
  for (const { name, options, work } of tests) {
    if (only && !name.includes(only)) continue;
    const begun = performance.now();
    let tab, why = "", note;
    try {
      tab = await open(browser, address, options);
      note = await work(tab);
      assert.deepEqual(tab.problems, [], "beside the test");
    } catch (error) {
      why = error.stack ?? String(error);
      if (tab?.problems.length) why += `\n  beside it: ${tab.problems.join("\n  ")}`;
    }
    if (screenshots && tab) {
      const file = join(screenshots, `${name.replaceAll(/[^a-z0-9]+/gi, "-")}.png`);
      await tab.page.screenshot({ path: file, fullPage: true }).catch(() => {});
    }
    await tab?.page.context().close();
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    console.log(`${why ? "FAILED" : "ok"}  ${name} (${seconds} s)${note ? `: ${note}` : ""}`);
    if (why) console.log(`  ${why.replaceAll("\n", "\n  ")}`);
    failed += why ? 1 : 0;
    ran += 1;
  }
  await browser.close();
  server.close();
  rmSync(settings.folder, { recursive: true, force: true });
  console.log(`${ran - failed} of ${ran} tests of the page passed`);
  return failed === 0 && ran > 0 ? 0 : 1;
}
