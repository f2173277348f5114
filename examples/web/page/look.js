"use strict";
// Look inside: what each layer made of the image, forward and backward, and of what each number was made.

const view = { at: 0, backward: false, data: null, selected: undefined, timer: null, maps: {} };

/// Computes both passes for the image, and cuts the answer into its parts.
function lookInside() {
  const { network, image } = page;
  page.engine.put(image ?? new Uint8Array(784));
  page.engine.call("look", page.truth);
  const numbers = page.engine.floats();
  let at = 0;
  const take = length => numbers.subarray(at, at += length);
  const size = dims => dims[0] * dims[1] * dims[2];
  const data = { loss: take(1)[0], probabilities: take(network.classes) };
  const input = { output: take(784), grad: take(784), dims: network.input };
  data.steps = [input, ...network.layers.map(({ output }) =>
    ({ output: take(size(output)), grad: take(size(output)), dims: output }))];
  data.gradients = Object.fromEntries(network.parameters.map(({ name, len }) => [name, take(len)]));
  page.engine.call("parameters");
  const all = page.engine.floats();
  at = 0;
  data.parameters = Object.fromEntries(network.parameters.map(({ name, len }) => [name, all.subarray(at, at += len)]));
  view.data = data;
}

/// A tensor as a picture: its channels side by side, or a vector in rows.
class Picture {
  constructor(title, dims, numbers, isImage) {
    const [channels, height, width] = dims;
    this.dims = dims;
    this.isVector = height * width === 1;
    this.columns = this.isVector ? (channels > 64 ? 28 : Math.min(channels, 16)) : Math.ceil(Math.sqrt(channels));
    const rows = Math.ceil(channels / this.columns);
    this.step = this.isVector ? [1, 1] : [height + 1, width + 1];
    this.size = [rows * this.step[0], this.columns * this.step[1]];
    this.scale = Math.max(1, Math.floor(Math.min(300 / this.size[1], 300 / this.size[0], 26)));
    this.numbers = numbers;
    this.isImage = isImage;
    this.canvas = element("canvas", { tabIndex: 0, width: this.size[1] * this.scale, height: this.size[0] * this.scale });
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", `${title}, ${shape(dims)} numbers. Arrow keys choose one.`);
    this.figure = element("figure", {}, element("figcaption", { textContent: `${title}: ${shape(dims)}` }), this.canvas);
    this.draw();
  }

  /// Where a number is on the picture.
  place(index) {
    const [, height, width] = this.dims, area = height * width;
    const channel = Math.floor(index / area), rest = index % area;
    return [
      Math.floor(channel / this.columns) * this.step[0] + Math.floor(rest / width),
      (channel % this.columns) * this.step[1] + rest % width,
    ];
  }

  draw(marks = []) {
    const context = this.canvas.getContext("2d");
    const [height, width] = this.size, image = new ImageData(width, height);
    const most = this.isImage ? 1 : largest(this.numbers);
    this.numbers.forEach((value, index) => {
      const [y, x] = this.place(index), at = 4 * (y * width + x);
      image.data.set(this.isImage ? gray(0.1307 + 0.3081 * value) : signedColor(value / most), at);
      image.data[at + 3] = 255;
    });
    const small = new OffscreenCanvas(width, height);
    small.getContext("2d").putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(small, 0, 0, this.canvas.width, this.canvas.height);
    context.lineWidth = 2;
    for (const { from, size: [rows, columns], strong } of marks) {
      const [y, x] = this.place(from);
      context.strokeStyle = strong ? color("accent") : color("warm");
      context.strokeRect(x * this.scale - 1, y * this.scale - 1, columns * this.scale + 2, rows * this.scale + 2);
    }
  }

  /// The number under the pointer, or undefined.
  under(event) {
    const box = this.canvas.getBoundingClientRect(), [channels, height, width] = this.dims;
    const x = Math.floor((event.clientX - box.left) / box.width * this.size[1]);
    const y = Math.floor((event.clientY - box.top) / box.height * this.size[0]);
    const channel = Math.floor(y / this.step[0]) * this.columns + Math.floor(x / this.step[1]);
    const [row, column] = [y % this.step[0], x % this.step[1]];
    if (channel >= channels || row >= height || column >= width || x < 0 || y < 0) return undefined;
    return (channel * height + row) * width + column;
  }

  /// Lets pointer and arrow keys choose a number.
  choose(chosen) {
    const pointed = event => { const index = this.under(event); if (index !== undefined) chosen(index); };
    this.canvas.addEventListener("pointermove", pointed);
    this.canvas.addEventListener("pointerdown", pointed);
    this.canvas.addEventListener("keydown", event => {
      const width = this.isVector ? this.columns : this.dims[2];
      const way = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -width, ArrowDown: width }[event.key];
      if (!way) return;
      event.preventDefault();
      chosen(Math.max(0, Math.min(this.numbers.length - 1, view.selected + way)));
    });
  }
}

function showLayers() {
  const count = layer => page.network.parameters.filter(({ name }) => name.startsWith(`${layer.name}.`))
    .reduce((sum, { len }) => sum + len, 0);
  $("layers").replaceChildren(...page.network.layers.map((layer, at) => {
    const parameters = count(layer);
    const button = element("button", { onclick() { stop(); go(at, view.backward); } },
      element("span", { textContent: layer.kind }),
      element("small", {}, shape(layer.output), ...(parameters ? [element("br"), counted(parameters, "parameter")] : [])));
    return element("li", {}, button);
  }));
}

function go(at, backward) {
  const isOther = at !== view.at || backward !== view.backward;
  Object.assign(view, { at, backward });
  if (isOther) view.selected = undefined;
  $("backward").checked = backward;
  showLayer();
}

function showLayer() {
  const { at, backward, data } = view, layer = page.network.layers[at];
  [...$("layers").children].forEach((item, i) => item.firstChild.setAttribute("aria-current", i === at));
  const [before, after] = [data.steps[at], data.steps[at + 1]];
  $("layer-title").textContent = `${at}. ${layer.kind}${layer.settings ? `, ${layer.settings}` : ""}${backward ? ", backward" : ""}`;
  const last = at + 1 === page.network.layers.length;
  const right = page.classes[page.truth];
  $("layer-about").textContent = about[layer.kind][backward ? 1 : 0];
  $("layer-text").textContent = `${shape(before.dims)} ${backward ? "←" : "→"} ${shape(after.dims)}`
    + (last ? `. Softmax makes probabilities of these numbers; that of ${right}, the right answer, is ${percent(data.probabilities[page.truth])}, so the loss is ${number(data.loss)}.` : "");
  const from = new Picture(backward ? "∂L/∂input" : "input", before.dims, backward ? before.grad : before.output, at === 0 && !backward);
  const to = new Picture(backward ? "∂L/∂output" : "output", after.dims, backward ? after.grad : after.output, false);
  $("maps").replaceChildren(from.figure, to.figure);
  view.maps = { made: backward ? from : to, other: backward ? to : from };
  view.maps.made.choose(explain);
  const most = view.maps.made.numbers.reduce((best, value, i, all) => (Math.abs(value) > Math.abs(all[best]) ? i : best), 0);
  explain(view.selected ?? most);
  showSource(layer, backward);
}

/// Shows of what a number was made, with the number that the layer itself gave.
function explain(index) {
  const { at, backward, data, maps } = view, layer = page.network.layers[at];
  view.selected = index;
  const [before, after] = [data.steps[at], data.steps[at + 1]];
  const made = backward ? before : after;
  const { marks, parts, text, value } = explanations[layer.kind][backward ? "backward" : "forward"](layer, before, after, index);
  maps.made.draw([{ from: index, size: [1, 1], strong: true }]);
  maps.other.draw(marks);
  $("parts").replaceChildren(...parts);
  const [channel, row, column] = split(index, made.dims);
  const where = made.dims[1] * made.dims[2] === 1 ? `number ${channel}` : `channel ${channel}, row ${row}, column ${column}`;
  const given = (backward ? before.grad : after.output)[index];
  Object.assign($("sum"), { textContent: `${where}: ${text} = ${number(value, 5)}. The layer gave ${number(given, 5)}.` });
  Object.assign($("sum").dataset, { value, given });
}

function showSource(layer, backward) {
  const source = page.sources[layer.kind];
  $("equation").textContent = source?.equation?.code ?? "";
  const show = (id, ...parts) => {
    const there = parts.filter(Boolean);
    $(`${id}-place`).textContent = there.map(({ file, line }) => `${file}, line ${line}`).join(" · ");
    $(id).textContent = there.map(({ code }) => code).join("\n\n");
  };
  show("definition", backward ? source?.definition_backward : source?.definition);
  show("source", ...(backward ? [source?.backward, source?.kernel_backward] : [source?.apply, source?.forward, source?.kernel]));
}

/// One step of the animation: forward through the layers, then backward, then again.
function advance(way) {
  const count = page.network.layers.length, all = 2 * count;
  const now = view.backward ? all - 1 - view.at : view.at;
  const next = (now + way + all) % all;
  go(next < count ? next : all - 1 - next, next >= count);
}

function stop() {
  clearInterval(view.timer);
  view.timer = null;
  $("play").textContent = "Play";
  $("sum").setAttribute("aria-live", "polite");
}

/// While it plays, a layer is shown for so many ticks: with motion, each makes another number.
const TICKS = 14, TICK = 140;

$("play").onclick = () => {
  if (view.timer) return stop();
  $("play").textContent = "Pause";
  $("sum").setAttribute("aria-live", "off");
  let tick = 0;
  view.timer = setInterval(() => {
    tick += 1;
    if (tick % TICKS === 0) advance(1);
    else if ($("motion").checked) explain(Math.floor(view.maps.made.numbers.length * (tick % TICKS) / TICKS));
  }, TICK);
};
$("next-step").onclick = () => { stop(); advance(1); };
$("previous-step").onclick = () => { stop(); advance(-1); };
$("backward").onchange = () => go(view.at, $("backward").checked);
$("motion").checked = !matchMedia("(prefers-reduced-motion: reduce)").matches;
$("truth").onchange = () => { page.truth = Number($("truth").value); lookInside(); showLayer(); };

/// Looks again, if this part of the page is open.
function lookAgain() {
  if ($("look").hidden || !page.network) return;
  options($("truth"), page.classes);
  $("truth").value = page.truth = Math.min(page.truth, page.classes.length - 1);
  view.at = Math.min(view.at, page.network.layers.length - 1);
  lookInside();
  showLayers();
  showLayer();
  if (!page.image) $("layer-about").textContent += " Nothing is drawn: this is what it makes of black. Draw a digit first.";
}
page.watchers.push(lookAgain);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => page.changed());
