"use strict";
// Take it along: files of the network, and back.

function takeMessage(text, wrong = false) {
  $("take-message").textContent = text;
  $("take-message").classList.toggle("wrong", wrong);
}

function save(onnx) {
  page.engine.put(new TextEncoder().encode($("yours").value));
  page.engine.attempt("save", onnx);
  const bytes = page.engine.bytes();
  const link = element("a", { download: onnx ? "digits.onnx" : "digits.safetensors", href: URL.createObjectURL(new Blob([bytes])) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  takeMessage(`${link.download}: ${kilobytes(bytes.length)}.`);
}

for (const [id, onnx] of [["save-safetensors", false], ["save-onnx", true]]) {
  $(id).onclick = () => { try { save(onnx); } catch (error) { takeMessage(error.message, true); } };
}

$("load").onchange = async event => {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  try {
    page.engine.put(new Uint8Array(await file.arrayBuffer()));
    page.engine.attempt("load");
    const { architecture, classes } = page.engine.json();
    leaveTraining();
    Object.assign(page, { architecture, classes });
    networkOpened(`From ${file.name}: ${page.choices.architectures[architecture]}.`);
    takeMessage(`${file.name} is open: ${page.choices.architectures[architecture]}.`);
  } catch (error) {
    takeMessage(`${file.name}: ${error.message}`, true);
  }
};

$("shipped").onclick = () => { leaveTraining(); openShipped(); takeMessage("The trained network of the examples is open."); };

function openShipped() {
  page.engine.call("open_shipped");
  Object.assign(page, { architecture: 0, classes: digitClasses() });
  networkOpened("Trained on MNIST’s 60,000 digits: the network of the examples, 99 % right on the test digits.");
}

page.watchers.push(() => {
  if ($("take").hidden) return;
  const { bytes, workspace, layers } = page.network ?? { layers: [] };
  const flops = layers.reduce((sum, layer) => sum + layer.flops, 0);
  const figures = [
    ["this page", kilobytes(new TextEncoder().encode(document.documentElement.outerHTML).length)],
    ["of it the module", kilobytes(page.moduleSize)],
    ["weights", kilobytes(bytes)], ["memory of a prediction", kilobytes(workspace)],
    ["FLOPs of a prediction", flops.toLocaleString("en")], ["started in", `${Math.round(page.startMs)} ms`],
  ];
  $("costs").replaceChildren(...figures.map(([name, value]) =>
    element("div", {}, element("dt", { textContent: name }), element("dd", { textContent: value }))));
});
