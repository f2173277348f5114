"use strict";
// The training, beside the page: it takes steps until it is told to pause.

let engine, started = false, running = false, seconds = 0, batch = 0, run = 0;

const MEASURE_EVERY = 400; // milliseconds of training
const TURN = 40;
const COPIES = 40; // of each drawing of the visitor, a little different

onmessage = ({ data }) => attempt(() => {
  if (data.module) engine = new Engine(data.module);
  if (data.start) start(data.start);
  if (data.pause && running) { running = false; report(); }
  if (data.go && started && !running) { running = true; turn(); }
  if (data.step && started) { running = false; train(0); report(); }
});

/// Does it, or tells the page why not; then there is no training any more.
function attempt(work) {
  try {
    work();
  } catch (error) {
    running = started = false;
    tell({ error: error.message });
  }
}

/// What the page is told belongs to a run: it does not listen to one that it has left.
const tell = (message, ...rest) => postMessage({ run, ...message }, ...rest);

function start({ architecture, optimizer, rate, dropout, seed, digits, own, ...rest }) {
  const begun = performance.now();
  running = started = false;
  ({ batch, run } = rest);
  if (digits.images) {
    engine.put(digits.images, digits.labels);
    engine.attempt("use_idx", digits.images.length);
  } else if (digits.samples) {
    engine.attempt("use_samples");
  } else {
    engine.call("use_synthetic", digits.drawn, seed);
  }
  for (const { label, image } of own) {
    engine.put(image);
    engine.call("add_digit", label, COPIES);
  }
  engine.attempt("start", architecture, optimizer, rate, batch, dropout, seed);
  seconds = (performance.now() - begun) / 1000;
  started = true;
  sinceReport = 0;
  tell({ seconds });
}

/// Trains for so many milliseconds, but at least one step, and returns the losses.
function train(milliseconds) {
  const begun = performance.now(), losses = [];
  do losses.push(engine.call("step")); while (Number.isFinite(losses.at(-1)) && performance.now() - begun < milliseconds);
  seconds += (performance.now() - begun) / 1000;
  tell({ losses, seconds, digits: losses.length * batch, milliseconds: performance.now() - begun });
  if (!Number.isFinite(losses.at(-1))) throw new Error(`the loss is no finite number any more: try a smaller learning rate`);
}

function report() {
  const begun = performance.now();
  engine.call("evaluate");
  const [epoch, steps, loss, accuracy, ...confusion] = engine.doubles();
  engine.call("trained");
  const parameters = engine.floats();
  seconds += (performance.now() - begun) / 1000;
  tell({ epoch, steps, loss, accuracy, confusion, parameters, seconds }, [parameters.buffer]);
}

let sinceReport = 0;

function turn() {
  if (!running) return;
  attempt(() => {
    train(TURN);
    sinceReport += TURN;
    if (sinceReport >= MEASURE_EVERY) { sinceReport = 0; report(); }
    setTimeout(turn);
  });
}
