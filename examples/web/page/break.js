"use strict";
// Break it: the crate's shape rules on what is written, while it is written.

const PROGRAM = `Conv2D(filters = 8, kernel = 3, padding = 1),
PReLU,
MaxPool2D(window = 2),
Conv2D(filters = 16, kernel = 3, padding = 1),
PReLU,
MaxPool2D(window = 2),
Flatten,
Dropout(percent = 25),
Dense(units = 10),`;

const MISTAKES = [
  ["It fits", PROGRAM],
  ["A window too large", PROGRAM.replace("MaxPool2D(window = 2),\nFlatten", "MaxPool2D(window = 15),\nFlatten")],
  ["Everything dropped", PROGRAM.replace("percent = 25", "percent = 100")],
  ["Groups that do not divide", PROGRAM.replace("filters = 16, kernel = 3", "filters = 16, kernel = 3, groups = 3")],
  ["A misspelled word", PROGRAM.replace("units = 10", "unit = 10")],
];

function check() {
  const program = $("program").value;
  page.engine.put(new TextEncoder().encode(program));
  page.engine.call("check");
  const { rows, error, place } = page.engine.json();
  $("rows").tBodies[0].replaceChildren(...rows.map(({ place: [start, end], output, parameters, flops }, at) => element("tr", {},
    element("td", { textContent: at }), element("td", { textContent: program.slice(start, end) }), ...[shape(output), parameters.toLocaleString("en"), flops.toLocaleString("en")]
      .map(textContent => element("td", { textContent })))));
  const all = rows.reduce((sum, { parameters }) => sum + parameters, 0);
  $("verdict").classList.toggle("wrong", Boolean(error));
  $("verdict").textContent = error ? `${error}\n\n${underlined(program, place)}`
    : `It compiles: ${shape([1, 28, 28])} → ${rows.length ? shape(rows.at(-1).output) : "nothing"}, ${all.toLocaleString("en")} parameters.`;
}

/// The line of the mistake, and marks under what is wrong.
function underlined(program, [start, end]) {
  const before = program.slice(0, start), number = before.split("\n").length;
  const column = start - (before.lastIndexOf("\n") + 1), line = program.split("\n")[number - 1];
  const marks = "^".repeat(Math.max(1, Math.min(end, start - column + line.length) - start));
  return `${number} | ${line}\n${" ".repeat(String(number).length)} | ${" ".repeat(column)}${marks}`;
}

$("program").value = PROGRAM;
$("program").oninput = calmly(check);
$("mistakes").replaceChildren(...MISTAKES.map(([textContent, program]) =>
  element("button", { textContent, onclick() { $("program").value = program; check(); } })));
