"use strict";
// The start, and the tabs.

const tabs = [...document.querySelectorAll("[role=tab]")];

function openTab(tab, focus) {
  for (const other of tabs) {
    const chosen = other === tab;
    other.setAttribute("aria-selected", chosen);
    other.tabIndex = chosen ? 0 : -1;
    $(other.getAttribute("aria-controls")).hidden = !chosen;
  }
  if (focus) tab.focus();
  if (tab.id !== "tab-look") stop();
  if (page.network) page.changed();
}

tabs.forEach((tab, i) => {
  tab.onclick = () => openTab(tab);
  tab.onkeydown = event => {
    const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    openTab(tabs[(to + tabs.length) % tabs.length], true);
  };
});

async function startPage() {
  const begun = performance.now();
  const code = await embedded("module");
  page.module = await WebAssembly.compile(code);
  page.engine = new Engine(page.module);
  page.sources = JSON.parse($("sources").textContent);
  page.moduleSize = $("module").textContent.length;
  page.engine.call("choices");
  page.choices = page.engine.json();
  options($("architecture"), page.choices.architectures);
  options($("optimizer"), page.choices.optimizers.map(({ name }) => name));
  options($("dropout"), page.choices.dropout.map(share => `${share} %`));
  $("dropout").value = 2;
  page.engine.attempt("samples");
  const samples = page.engine.bytes();
  page.samples = { labels: [...samples.subarray(0, samples.length / 785)], images: samples.slice(samples.length / 785) };
  // The first calls run in the browser's quick compiler, which makes slow code.
  page.engine.put(page.samples.images.subarray(0, 784));
  for (let i = 0; i < 30; i++) page.engine.call("predict");
  drawPad();
  openShipped();
  showSample(30);
  check();
  drawCurves();
  page.startMs = performance.now() - begun;
  document.documentElement.dataset.ready = true;
}

startPage().catch(error => {
  $("which").textContent = `The page cannot start: ${error.message}`;
  $("which").classList.add("wrong");
});
