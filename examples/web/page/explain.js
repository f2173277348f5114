"use strict";
// Of what a number was made, for each kind of layer, forward and backward. The page computes it once more, beside the number that the
// layer itself gave.

const split = (index, [, height, width]) =>
  [Math.floor(index / (height * width)), Math.floor(index / width) % height, index % width];
const table = (rows, isWon = () => false) => element("table", {}, element("tbody", {}, ...rows.map((row, y) =>
  element("tr", {}, ...row.map((value, x) =>
    element("td", { textContent: value === null ? "" : number(value, 2), className: isWon(y, x) ? "won" : "" }))))));
const named = (caption, content) => element("figure", {}, element("figcaption", { textContent: caption }), content);
const sumOf = (terms, digits = 3) => terms.map(term => number(term, digits)).join(" + ").replaceAll("+ −", "− ");

/// How each kind of layer made a number of its output, or, backward, a number of its input's gradient: the marks on the other map,
/// the parts to show, the sum as a text, and the number that the sum gives.
const explanations = {
  Conv2D: {
    forward(layer, before, after, index) {
      const { kernel: [kh, kw], stride: [sv, sh], padding: [top, left] } = layer;
      const [filter, row, column] = split(index, after.dims), [channels, height, width] = before.dims;
      const [weight, bias] = parametersOf(layer);
      const terms = [], parts = [], marks = [];
      for (let c = 0; c < channels; c++) {
        const window = [], filters = [];
        let sum = 0;
        for (let y = 0; y < kh; y++) {
          window.push([]);
          filters.push([]);
          for (let x = 0; x < kw; x++) {
            const [iy, ix] = [row * sv + y - top, column * sh + x - left];
            const inside = iy >= 0 && ix >= 0 && iy < height && ix < width;
            const value = inside ? before.output[(c * height + iy) * width + ix] : 0;
            const factor = weight[((filter * channels + c) * kh + y) * kw + x];
            window[y].push(value);
            filters[y].push(factor);
            sum += value * factor;
          }
        }
        terms.push(sum);
        const [y0, x0] = [Math.max(0, row * sv - top), Math.max(0, column * sh - left)];
        const [y1, x1] = [Math.min(height, row * sv - top + kh), Math.min(width, column * sh - left + kw)];
        marks.push({ from: (c * height + y0) * width + x0, size: [y1 - y0, x1 - x0] });
        if (c < 3) parts.push(named(`input ${c}`, table(window)), named(`× filter ${filter}, ${c}`, table(filters)));
      }
      if (channels > 3) parts.push(element("p", { className: "small", textContent: `and ${channels - 3} more channels` }));
      const text = `bias ${number(bias[filter])} + ${channels > 1 ? "the channels’ sums" : "the sum of the products"} ${sumOf(terms)}`;
      return { marks, parts, text, value: bias[filter] + terms.reduce((a, b) => a + b) };
    },
    backward(layer, before, after, index) {
      const { kernel: [kh, kw], stride: [sv, sh], padding: [top, left] } = layer;
      const [channel, row, column] = split(index, before.dims), [filters, height, width] = after.dims;
      const [weight] = parametersOf(layer), channels = before.dims[0];
      const terms = [], marks = [], parts = [];
      for (let f = 0; f < filters; f++) {
        const gradients = [], factors = [];
        let sum = 0;
        for (let y = 0; y < kh; y++) {
          gradients.push([]);
          factors.push([]);
          for (let x = 0; x < kw; x++) {
            const [oy, ox] = [(row + top - y) / sv, (column + left - x) / sh];
            const inside = Number.isInteger(oy) && Number.isInteger(ox) && oy >= 0 && ox >= 0 && oy < height && ox < width;
            const value = inside ? after.grad[(f * height + oy) * width + ox] : null;
            const factor = weight[((f * channels + channel) * kh + y) * kw + x];
            gradients[y].push(value);
            factors[y].push(factor);
            sum += (value ?? 0) * factor;
            if (inside) marks.push({ from: (f * height + oy) * width + ox, size: [1, 1] });
          }
        }
        terms.push(sum);
        if (f < 3) parts.push(named(`∂L/∂output ${f}`, table(gradients)), named(`× filter ${f}, ${channel}`, table(factors)));
      }
      if (filters > 3) parts.push(element("p", { className: "small", textContent: `and ${filters - 3} more filters` }));
      const text = `every output this pixel was part of sends back its gradient times the weight; the filters’ sums ${sumOf(terms)}`;
      return { marks, parts, text, value: terms.reduce((a, b) => a + b) };
    },
  },
  MaxPool2D: {
    forward(layer, before, after, index) {
      const { window, from, size } = pooled(layer, before, after, index);
      const value = Math.max(...window.flat());
      const won = (y, x) => window[y][x] === value;
      return { marks: [{ from, size }], parts: [named("window", table(window, won))], text: `the largest of ${window.flat().length}`, value };
    },
    backward(layer, before, after, index) {
      const [channel, row, column] = split(index, before.dims), [, height, width] = after.dims;
      const { kernel: [kh, kw], stride: [sv, sh], padding: [top, left] } = layer;
      let value = 0;
      const marks = [], came = [];
      for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
        const inside = row >= y * sv - top && row < y * sv - top + kh && column >= x * sh - left && column < x * sh - left + kw;
        if (!inside) continue;
        const at = (channel * height + y) * width + x;
        marks.push({ from: at, size: [1, 1] });
        // The first of equal numbers is the largest.
        const { indices } = pooled(layer, before, after, at);
        const best = indices.reduce((best, i) => (before.output[i] > before.output[best] ? i : best));
        if (best === index) { value += after.grad[at]; came.push(after.grad[at]); }
      }
      const text = came.length ? `this pixel was the largest of its window, so the gradient is passed on: ${sumOf(came)}`
        : "this pixel was not the largest of its window, so nothing depends on it";
      return { marks, parts: [], text, value };
    },
  },
  PReLU: {
    forward(layer, before, after, index) {
      const [x, [slope]] = [before.output[index], parametersOf(layer)[0]];
      const text = x > 0 ? `${number(x)} is above 0, and stays` : `${number(x)} is not above 0: times the learned slope ${number(slope)}`;
      return { marks: [{ from: index, size: [1, 1] }], parts: [], text, value: x > 0 ? x : slope * x };
    },
    backward(layer, before, after, index) {
      const [x, dy, [slope]] = [before.output[index], after.grad[index], parametersOf(layer)[0]];
      const text = `the gradient ${number(dy, 5)} times ${x > 0 ? `1, since ${number(x)} is above 0` : `the slope ${number(slope)}, since ${number(x)} is not above 0`}`;
      return { marks: [{ from: index, size: [1, 1] }], parts: [], text, value: x > 0 ? dy : slope * dy };
    },
  },
  ReLU: {
    forward(layer, before, after, index) {
      const x = before.output[index];
      const text = x > 0 ? `${number(x)} is above 0, and stays` : `${number(x)} is not above 0, and becomes 0`;
      return { marks: [{ from: index, size: [1, 1] }], parts: [], text, value: Math.max(x, 0) };
    },
    backward(layer, before, after, index) {
      const [x, dy] = [before.output[index], after.grad[index]];
      const text = x > 0 ? `the gradient passes, since ${number(x)} is above 0` : `the gradient ends here, since ${number(x)} is not above 0`;
      return { marks: [{ from: index, size: [1, 1] }], parts: [], text, value: x > 0 ? dy : 0 };
    },
  },
  Dense: {
    forward(layer, before, after, index) {
      const [weight, bias] = parametersOf(layer), inputs = before.output.length;
      const terms = [...before.output].map((x, i) => ({ i, x, w: weight[index * inputs + i] }));
      return product(terms, before, bias[index], (term) => `${number(term.x)} · ${number(term.w)}`);
    },
    backward(layer, before, after, index) {
      const [weight] = parametersOf(layer), inputs = before.output.length;
      const terms = [...after.grad].map((x, i) => ({ i, x, w: weight[i * inputs + index] }));
      return product(terms, after, 0, (term) => `${number(term.x, 5)} · ${number(term.w)}`);
    },
  },
};
const same = side => (layer, before, after, index) => ({
  marks: [{ from: index, size: [1, 1] }], parts: [],
  text: layer.kind === "Flatten" ? "the same number at another place" : "the same number: a dropout only acts while a network is trained",
  value: side === "forward" ? before.output[index] : after.grad[index],
});
explanations.Flatten = explanations.Dropout = { forward: same("forward"), backward: same("backward") };

/// A sum of products, of which the largest are shown.
function product(terms, other, bias, text) {
  const value = terms.reduce((sum, { x, w }) => sum + x * w, bias);
  const most = [...terms].sort((a, b) => Math.abs(b.x * b.w) - Math.abs(a.x * a.w)).slice(0, 8);
  const rest = value - bias - most.reduce((sum, { x, w }) => sum + x * w, 0);
  const shown = most.map(text).join(" + ");
  const more = terms.length > most.length ? ` + ${terms.length - most.length} smaller ones, together ${number(rest)}` : "";
  return {
    marks: most.map(({ i }) => ({ from: i, size: [1, 1] })), parts: [],
    text: `${bias ? `bias ${number(bias)} + ` : ""}${shown}${more}`, value,
  };
}

function pooled({ kernel: [kh, kw], stride: [sv, sh], padding: [top, left] }, before, after, index) {
  const [channel, row, column] = split(index, after.dims), [, height, width] = before.dims;
  const [y0, x0] = [Math.max(0, row * sv - top), Math.max(0, column * sh - left)];
  const [y1, x1] = [Math.min(height, row * sv - top + kh), Math.min(width, column * sh - left + kw)];
  const window = [], indices = [];
  for (let y = y0; y < y1; y++) {
    window.push([]);
    for (let x = x0; x < x1; x++) {
      const at = (channel * height + y) * width + x;
      indices.push(at);
      window.at(-1).push(before.output[at]);
    }
  }
  return { window, indices, from: (channel * height + y0) * width + x0, size: [y1 - y0, x1 - x0] };
}

/// The numbers of a layer's parameters: weight, bias.
function parametersOf(layer) {
  const own = page.network.parameters.filter(({ name }) => name.startsWith(`${layer.name}.`));
  return own.map(({ name }) => view.data.parameters[name]);
}

/// What each kind of layer is for: forward, and backward.
const about = {
  Conv2D: ["Moves small windows of weights, the filters, over the picture. Each makes a map of where it finds its pattern.",
    "The gradient ∂L/∂ tells how the loss would change with each number. A pixel’s is a sum over all outputs that it was part of."],
  PReLU: ["Keeps what is above 0. What is below is multiplied by a slope that is learned. Without such a bend, all layers together could do no more than one.",
    "The gradient passes where the input was above 0, and is multiplied by the slope where it was not."],
  ReLU: ["Keeps what is above 0; the rest becomes 0. Without such a bend, all layers together could do no more than one.",
    "The gradient passes where the input was above 0, and ends where it was not."],
  MaxPool2D: ["Keeps the largest number of each window: the picture becomes smaller, and a pattern may be a pixel further.",
    "The gradient goes to the number that was the largest; the others changed nothing."],
  Flatten: ["Writes all numbers in a row, for the layer after it.", "The gradient goes back to the places that the numbers came from."],
  Dropout: ["Leaves out random numbers, but only while a network is trained, so that none is relied on too much. Here it changes nothing.",
    "Where a number was left out in training, no gradient passes. Here all pass."],
  Dense: ["Every output is a sum of all inputs, each times a weight. The last layer has one output for each class: the larger, the more probable.",
    "The gradient of an input is a sum over all outputs. At the end, that of an output is its probability, less 1 for the right answer."],
};
