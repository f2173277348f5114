"use strict";
// Draw: strokes become a picture, the picture what the network sees, and that its answer.

const pad = $("pad"), ink = pad.getContext("2d", { willReadFrequently: true });
const STROKE = 44;
let strokes = [], shown = null, pen = { x: 280, y: 280, down: false, seen: false };

function drawPad() {
  ink.fillStyle = "#fff";
  ink.fillRect(0, 0, pad.width, pad.height);
  if (shown) {
    const scale = Math.min(pad.width / shown.width, pad.height / shown.height);
    const [width, height] = [shown.width * scale, shown.height * scale];
    ink.imageSmoothingEnabled = shown.width > 28;
    ink.drawImage(shown, (pad.width - width) / 2, (pad.height - height) / 2, width, height);
  }
  ink.strokeStyle = ink.fillStyle = "#111";
  Object.assign(ink, { lineWidth: STROKE, lineCap: "round", lineJoin: "round" });
  for (const [[left, top], ...rest] of strokes) {
    ink.beginPath();
    ink.moveTo(left, top);
    for (const [x, y] of rest.length ? rest : [[left + 0.1, top]]) ink.lineTo(x, y);
    ink.stroke();
  }
}

/// Shows where the pen of the keyboard is; never while the picture is read.
function drawPen() {
  if (!pen.seen) return;
  ink.beginPath();
  Object.assign(ink, { strokeStyle: pen.down ? "#a8480a" : "#0b5f8a", lineWidth: 4 });
  ink.arc(pen.x, pen.y, STROKE / 2 + 4, 0, 7);
  ink.stroke();
}

/// Reads the pad: the whole way of the example `predict`.
function readPad() {
  drawPad();
  if (shown || strokes.length) see(ink.getImageData(0, 0, pad.width, pad.height));
  else showImage(null);
  drawPen();
}
const readSoon = calmly(readPad);

function see(picture) {
  page.engine.put(new Uint8Array(picture.data.buffer));
  try {
    page.engine.attempt("see", picture.width);
    showImage(page.engine.bytes());
  } catch (error) {
    showImage(null, error.message);
  }
}

function showImage(image, why = "–") {
  page.image = image;
  paint($("seen"), image ?? new Uint8Array(784), 28, 28, 255, gray);
  if (!image) {
    $("cost").textContent = "";
    Object.assign($("answer"), { textContent: why });
    Object.assign($("answer").dataset, { class: "", percent: "" });
  }
  page.changed();
}

function predict() {
  const bars = $("bars");
  if (bars.children.length !== page.classes.length) {
    bars.replaceChildren(...page.classes.map(() =>
      element("li", {}, element("span"), element("span", { className: "bar" }, element("i")), element("span", { className: "percent" }))));
  }
  let probabilities = page.classes.map(() => 0);
  if (page.image) {
    page.engine.put(page.image);
    const begun = performance.now();
    page.engine.call("predict");
    const milliseconds = performance.now() - begun;
    probabilities = [...page.engine.floats()];
    $("cost").textContent = `${milliseconds < 0.095 ? "less than 0.1" : milliseconds.toFixed(1)} ms for this answer.`;
    $("cost").dataset.ms = milliseconds;
    const best = probabilities.indexOf(Math.max(...probabilities));
    $("answer").textContent = `${page.classes[best]}`;
    if (!shown) page.truth = best;
    if (page.taught !== page.image) $("teach-class").value = best;
    Object.assign($("answer").dataset, { class: page.classes[best], percent: (100 * probabilities[best]).toFixed(2) });
  }
  probabilities.forEach((probability, i) => {
    const [name, bar, text] = bars.children[i].children;
    name.textContent = page.classes[i];
    bar.firstChild.style.width = `${100 * probability}%`;
    text.textContent = page.image ? percent(probability) : "";
  });
  const chosen = $("teach-class").value;
  const all = digitClasses($("yours").value);
  if ($("teach-class").children.length !== all.length || $("teach-class").lastChild.textContent !== all[10]) {
    options($("teach-class"), all);
    $("teach-class").value = chosen || "0";
  }
}
page.watchers.push(predict);

function place(event) {
  const box = pad.getBoundingClientRect();
  return [(event.clientX - box.left) * pad.width / box.width, (event.clientY - box.top) * pad.height / box.height];
}

let stroke = null;
pad.addEventListener("pointerdown", event => {
  if (event.button) return;
  pad.setPointerCapture(event.pointerId);
  pen.seen = false;
  if (shown) { shown = null; strokes = []; }
  strokes.push(stroke = [place(event)]);
  readSoon();
});
pad.addEventListener("pointermove", event => {
  if (!stroke) return;
  const events = event.getCoalescedEvents?.() ?? [];
  for (const moved of events.length ? events : [event]) stroke.push(place(moved));
  readSoon();
});
for (const end of ["pointerup", "pointercancel"]) pad.addEventListener(end, () => { stroke = null; });

pad.addEventListener("keydown", event => {
  const step = event.shiftKey ? 8 : 24;
  const way = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
  if (way) {
    pen.x = Math.max(20, Math.min(pad.width - 20, pen.x + way[0]));
    pen.y = Math.max(20, Math.min(pad.height - 20, pen.y + way[1]));
    if (pen.down) strokes.at(-1).push([pen.x, pen.y]);
  } else if (event.key === " ") {
    pen.down = !pen.down;
    if (shown) { shown = null; strokes = []; }
    if (pen.down) strokes.push([[pen.x, pen.y]]);
  } else return;
  event.preventDefault();
  pen.seen = true;
  readPad();
});
pad.addEventListener("blur", () => { pen.down = pen.seen = false; if (page.engine) readPad(); });

function clearPad() {
  strokes = [];
  shown = null;
  pen.down = false;
  readPad();
}
$("clear").onclick = clearPad;
$("undo").onclick = () => { if (shown) shown = null; else strokes.pop(); readPad(); };

/// A picture from a file or the clipboard: the browser decodes it, the crate does the rest.
async function photo(file) {
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, 4096 / Math.max(bitmap.width, bitmap.height));
    const canvas = new OffscreenCanvas(Math.max(1, bitmap.width * scale), Math.max(1, bitmap.height * scale));
    const context = canvas.getContext("2d");
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    strokes = [];
    shown = bitmap;
    drawPad();
    see(context.getImageData(0, 0, canvas.width, canvas.height));
  } catch {
    showImage(null, "no picture that this browser reads");
  }
}
$("upload").onchange = event => { if (event.target.files[0]) photo(event.target.files[0]); event.target.value = ""; };
addEventListener("paste", event => {
  const file = [...event.clipboardData.files].find(file => file.type.startsWith("image/"));
  if (file) photo(file);
});

$("sample").onclick = () => {
  const at = Math.floor(Math.random() * page.samples.labels.length);
  showSample(at);
};

function showSample(at) {
  const image = page.samples.images.slice(784 * at, 784 * (at + 1));
  strokes = [];
  shown = document.createElement("canvas");
  paint(shown, image, 28, 28, 255, value => gray(1 - value));
  drawPad();
  page.truth = page.samples.labels[at];
  showImage(image);
}

$("teach").onsubmit = event => {
  event.preventDefault();
  if (!shown) readPad();
  if (!page.image) { $("taught").textContent = "Draw something first."; return; }
  const label = Number($("teach-class").value);
  page.taught = page.image;
  own.push({ label, image: page.image.slice() });
  if (label === 10) $("architecture").value = 3;
  const count = own.filter(drawing => drawing.label === label).length;
  const name = digitClasses($("yours").value)[label];
  $("taught").textContent = `Kept: the next training sees it, and 40 copies that differ a little. ${counted(count, "drawing")} of ${name} so far.`
    + (label === 10 ? " The architecture with a class of yours is chosen." : "");
};
