"use strict";
// What all parts of the page share: the module, the network that is open, the image it sees, and small helpers.

const $ = id => document.getElementById(id);

const page = {
  engine: null,
  choices: null,
  /// The layers and parameters of the network.
  network: null,
  architecture: 0,
  classes: [],
  /// The 784 bytes that the network sees, or null.
  image: null,
  samples: null,
  /// The image that was kept for training last.
  taught: null,
  /// The class that the loss takes for the right answer.
  truth: 0,
  /// Functions to call when the network or the image has changed.
  watchers: [],
  changed() { page.watchers.forEach(watcher => watcher()); },
};

const digitClasses = yours => [...Array(10).keys()].map(String).concat(yours === undefined ? [] : [yours]);

/// Reads what the network is, after it was opened.
function networkOpened(what) {
  page.engine.call("describe");
  page.network = page.engine.json();
  if (page.classes.length !== page.network.classes) {
    page.classes = digitClasses(page.network.classes > 10 ? $("yours").value : undefined);
  }
  if (what) $("which").textContent = what;
  page.changed();
}

/// The decoded content of an element that was embedded compressed.
async function embedded(id) {
  const text = $(id).textContent.trim();
  const bytes = Uint8Array.from(atob(text), character => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const shape = dims => dims.join("×");
const number = (value, digits = 3) => {
  const text = Math.abs(value) < 1e-4 && value !== 0 ? value.toExponential(1) : value.toFixed(digits);
  return text.replaceAll("-", "−");
};
const percent = value => (value > 0.9995 && value < 1 ? "> 99.9 %" : `${(100 * value).toFixed(1)} %`);
const counted = (count, what) => `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
const kilobytes = bytes => `${Math.round(bytes / 1000).toLocaleString("en")} kB`;
const isDark = () => matchMedia("(prefers-color-scheme: dark)").matches;
const color = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/// The color of a number from −1 to 1: blue below 0, orange above, paper at 0.
function signedColor(value) {
  const zero = isDark() ? [31, 34, 38] : [255, 255, 255];
  const end = value < 0 ? (isDark() ? [90, 180, 235] : [8, 82, 130]) : (isDark() ? [245, 165, 95] : [160, 62, 0]);
  const share = Math.min(1, Math.abs(value));
  return zero.map((from, i) => Math.round(from + share * (end[i] - from)));
}

const largest = numbers => numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;

/// Paints numbers as pixels, one to a number, on a canvas that is made of that size.
function paint(canvas, numbers, width, height, most, toColor = signedColor) {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d"), image = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    image.data.set(toColor(numbers[i] / most), 4 * i);
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

const gray = value => { const level = Math.round(255 * value); return [level, level, level]; };

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function options(select, names) {
  select.replaceChildren(...names.map((name, value) => element("option", { value, textContent: name })));
}

/// Waits a moment after the last of several calls.
function calmly(work) {
  let waiting;
  return () => { cancelAnimationFrame(waiting); waiting = requestAnimationFrame(work); };
}
