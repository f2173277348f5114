"use strict";
// Train: the worker takes steps, and what it reports is drawn.

let worker = null, curves = { losses: [], accuracies: [] }, recent = [];
const own = []; // drawings of the visitor: { label, image }
const training = { started: false, running: false, run: 0, digits: "" };

function workerStarted() {
  if (worker) return;
  const code = [$("engine").textContent, $("worker").textContent].join("\n");
  worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  worker.onmessage = ({ data }) => received(data);
  worker.onerror = event => say(event.message, true);
  worker.postMessage({ module: page.module });
}

function say(text, wrong = false) {
  $("train-message").textContent = text;
  $("train-message").classList.toggle("wrong", wrong);
  if (wrong) { training.running = training.started = false; showButtons(); }
}

/// The IDX files that were chosen: images and labels, told apart by their headers.
async function idxFiles() {
  const files = await Promise.all([...$("idx").files].map(async file => new Uint8Array(await file.arrayBuffer())));
  const [images, labels] = [3, 1].map(rank => files.find(bytes => bytes[3] === rank));
  if (!images || !labels) throw new Error("IDX files: choose two, one with three dimensions (images) and one with one (labels)");
  return { images, labels };
}

async function digits() {
  switch ($("data").value) {
    case "idx": return idxFiles();
    case "samples": return { samples: true };
    default: return { drawn: 9000 };
  }
}

async function begin() {
  say("");
  try {
    const settings = {
      architecture: Number($("architecture").value), optimizer: Number($("optimizer").value),
      rate: Number($("rate").value), batch: Number($("batch").value),
      dropout: Number($("dropout").selectedOptions[0].textContent.replace(" %", "")), seed: Number($("seed").value),
      run: ++training.run, digits: await digits(), own: own.filter(({ label }) => label < 10 || $("architecture").value === "3"),
    };
    workerStarted();
    curves = { losses: [], accuracies: [] };
    recent = [];
    Object.assign(training, { started: true, digits: $("data").value });
    page.architecture = settings.architecture;
    page.classes = digitClasses(settings.architecture === 3 ? $("yours").value : undefined);
    page.engine.call("open_random", settings.architecture, settings.seed);
    networkOpened(`Random weights: ${page.choices.architectures[page.architecture]}.`);
    worker.postMessage({ start: settings });
    return true;
  } catch (error) {
    say(error.message, true);
    return false;
  }
}

function showButtons() {
  $("start").textContent = training.running ? "Pause" : training.started ? "Go on" : "Train";
}

/// What was asked for is done in turn: a training begins only after its digits were read.
let asked = Promise.resolve();
const inTurn = work => (...values) => { asked = asked.then(() => work(...values)).then(showButtons); };

$("settings").onsubmit = event => { event.preventDefault(); goOrPause(); };
const goOrPause = inTurn(async () => {
  if (training.running) {
    training.running = false;
    worker.postMessage({ pause: true });
  } else if (training.started || await begin()) {
    training.running = true;
    worker.postMessage({ go: true });
  }
});
$("step").onclick = inTurn(async () => {
  if (!training.started && !await begin()) return;
  training.running = false;
  worker.postMessage({ pause: true });
  worker.postMessage({ step: true });
});
$("restart").onclick = inTurn(async () => {
  const was = training.running;
  if (!await begin()) return;
  training.running = was;
  if (was) worker.postMessage({ go: true });
});
$("settings").addEventListener("change", event => {
  if (training.started && event.target.id !== "epochs") say("What you changed is for the next training: Restart begins it.");
});
$("optimizer").onchange = () => { $("rate").value = page.choices.optimizers[$("optimizer").value].lr; };
$("data").onchange = () => { for (const part of [$("idx"), $("idx-label")]) part.hidden = $("data").value !== "idx"; };
$("idx").onchange = chooseIdx;
$("yours").onchange = () => { if (page.classes.length > 10) page.classes[10] = $("yours").value; page.changed(); };
function chooseIdx() {
  $("data").value = "idx";
  $("data").onchange();
}
for (const where of ["dragover", "drop"]) {
  $("train").addEventListener(where, event => {
    event.preventDefault();
    if (where === "drop") { $("idx").files = event.dataTransfer.files; chooseIdx(); }
  });
}

/// Another network was opened: the training is over.
function leaveTraining() {
  worker?.postMessage({ pause: true });
  Object.assign(training, { started: false, running: false, run: training.run + 1 });
  showButtons();
}

function received(message) {
  if (message.run !== training.run) return;
  if (message.error) return say(message.error, true);
  if (message.seconds) {
    $("seconds").textContent = message.seconds.toFixed(1);
    $("seconds").dataset.value = message.seconds;
  }
  if (message.losses) {
    curves.losses.push(...message.losses);
    recent = [...recent, message].slice(-12);
    const [digits, milliseconds] = ["digits", "milliseconds"].map(key => recent.reduce((sum, turn) => sum + turn[key], 0));
    $("speed").textContent = Math.round(1000 * digits / milliseconds).toLocaleString("en");
  }
  if (message.confusion) showReport(message);
  drawCurves();
}

function showReport({ epoch, steps, accuracy, confusion, parameters, loss, seconds }) {
  curves.accuracies.push([steps, accuracy]);
  $("epoch").textContent = epoch;
  $("accuracy").textContent = percent(accuracy);
  Object.assign($("accuracy").dataset, { value: accuracy, loss, seconds, steps });
  page.engine.put(new Uint8Array(parameters.buffer));
  if (!page.engine.call("set_parameters")) throw new Error("these parameters are not those of the network that is open");
  const { labels, images } = page.samples;
  let right = 0;
  labels.forEach((label, i) => {
    page.engine.put(images.subarray(784 * i, 784 * (i + 1)));
    page.engine.call("predict");
    const probabilities = page.engine.floats();
    right += probabilities.indexOf(Math.max(...probabilities)) === label;
  });
  $("real").textContent = training.digits === "samples" ? "trained on them" : percent(right / labels.length);
  if (training.running && epoch > Number($("epochs").value)) goOrPause();
  $("which").textContent = `${training.running ? "In training" : "Trained"} here: ${page.choices.architectures[page.architecture]}, ${steps.toLocaleString("en")} steps, ${percent(accuracy)} right of the digits held out.`;
  drawFilters(parameters);
  drawConfusion(confusion);
  page.changed();
}

/// The filters of the first layer with parameters: a square for each.
function drawFilters(parameters) {
  const [filters, ...rest] = page.network.parameters[0].dims;
  const size = rest.reduce((product, size) => product * size, 1), side = Math.round(Math.sqrt(size));
  const most = largest(parameters.subarray(0, filters * size));
  const columns = Math.min(filters, 4), rows = Math.ceil(filters / columns), step = side + 1;
  const [across, down] = [columns * step - 1, rows * step - 1];
  const picture = new Float32Array(across * down);
  for (let f = 0; f < filters; f++) for (let i = 0; i < side * side; i++) {
    const y = Math.floor(f / columns) * step + Math.floor(i / side), x = (f % columns) * step + i % side;
    picture[y * across + x] = parameters[f * size + i];
  }
  paint($("filters"), picture, across, down, most);
  $("filters").style.width = `${Math.min(320, across * 16)}px`;
}

function drawConfusion(counts) {
  const canvas = $("confusion"), context = canvas.getContext("2d");
  const classes = page.classes.length, room = 26, cell = (canvas.width - room) / classes;
  context.clearRect(0, 0, canvas.width, canvas.height);
  Object.assign(context, { font: "13px system-ui, sans-serif", textAlign: "center", textBaseline: "middle", fillStyle: color("ink") });
  for (let i = 0; i < classes; i++) {
    const name = page.classes[i].slice(0, 3), middle = room + (i + 0.5) * cell;
    context.fillStyle = color("ink");
    context.fillText(name, middle, room / 2);
    context.fillText(name, room / 2, middle);
    const row = counts.slice(i * classes, (i + 1) * classes), all = row.reduce((sum, count) => sum + count, 0) || 1;
    row.forEach((count, j) => {
      const share = count / all;
      const [red, green, blue] = signedColor(i === j ? -share : Math.min(1, share * 4));
      context.fillStyle = `rgb(${red} ${green} ${blue})`;
      context.fillRect(room + j * cell, room + i * cell, cell - 1, cell - 1);
      const dark = red * 0.3 + green * 0.59 + blue * 0.11 < 140;
      if (count) {
        context.fillStyle = dark ? "#fff" : "#000";
        context.fillText(count, room + (j + 0.5) * cell, room + (i + 0.5) * cell);
      }
    });
  }
  const wrong = counts.reduce((sum, count, i) => sum + (Math.floor(i / classes) === i % classes ? 0 : count), 0);
  canvas.setAttribute("aria-label", `Confusion matrix: a row for each class, a column for each answer. ${wrong} of ${counts.reduce((a, b) => a + b, 0)} digits are taken for another.`);
}

function drawCurves() {
  const canvas = $("curves"), context = canvas.getContext("2d"), { width, height } = canvas;
  const { losses, accuracies } = curves, [left, right, top, bottom] = [52, 50, 12, 26];
  const steps = Math.max(10, losses.length);
  const x = step => left + (step / steps) * (width - left - right);
  const y = share => top + (1 - share) * (height - top - bottom);
  context.clearRect(0, 0, width, height);
  Object.assign(context, { font: "13px system-ui, sans-serif", textBaseline: "middle", lineWidth: 1, strokeStyle: color("line") });
  const highest = Math.max(2.5, ...losses.slice(0, 50)), unit = 10 ** Math.floor(Math.log10(highest));
  const most = Math.ceil(highest / unit) * unit;
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    context.beginPath();
    context.moveTo(left, y(share));
    context.lineTo(width - right, y(share));
    context.stroke();
    context.textAlign = "right";
    context.fillStyle = color("warm");
    context.fillText(Number((share * most).toPrecision(3)).toString(), left - 6, y(share));
    context.textAlign = "left";
    context.fillStyle = color("accent");
    context.fillText(`${100 * share} %`, width - right + 6, y(share));
  }
  context.fillStyle = color("faint");
  context.textAlign = "center";
  context.fillText(`${losses.length.toLocaleString("en")} steps`, (left + width - right) / 2, height - bottom / 2);
  // At most one dot for each column: the mean of the steps that fall there.
  context.fillStyle = color("warm");
  const columns = Math.min(losses.length, width - left - right), each = losses.length / columns;
  for (let c = 0; c < columns; c++) {
    const some = losses.slice(Math.floor(c * each), Math.max(Math.floor((c + 1) * each), Math.floor(c * each) + 1));
    const mean = some.reduce((sum, loss) => sum + loss, 0) / some.length;
    context.fillRect(x((c + 0.5) * each) - 1, y(Math.min(1, mean / most)) - 1, 2.5, 2.5);
  }
  Object.assign(context, { strokeStyle: color("accent"), lineWidth: 3, lineJoin: "round" });
  context.beginPath();
  accuracies.forEach(([step, accuracy], i) => (i ? context.lineTo(x(step), y(accuracy)) : context.moveTo(x(step), y(accuracy))));
  context.stroke();
  const last = accuracies.at(-1);
  if (last) canvas.setAttribute("aria-label", `Curves of loss and accuracy: after ${last[0]} steps, ${percent(last[1])} of the digits held out are right`);
}
