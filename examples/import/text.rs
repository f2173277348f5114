//! The text of a network, as one would write it by hand.
//!
//! A line has a layer with weights or another shape, and the normalization and activation after it; what comes after the line has
//! the shape in its comment.

use std::fmt::Write;

use shapeproof::shape::Dims;

use super::layers::{Block, Item, Network};
use super::part::Layer;

/// The width that a line should not exceed, without its comment.
const WIDTH: usize = 88;
/// The layers that stand on the line of the layer before them, as long as there is room: normalizations, activations and Dropout. Any
/// other begins a line, and so does one of these at the beginning of a network or branch, or after a block.
const FOLLOWERS: [&str; 18] = [
    "BatchNorm",
    "Clip",
    "Dropout",
    "ELU",
    "GELU",
    "GroupNorm",
    "HardSigmoid",
    "HardSwish",
    "LayerNorm",
    "LeakyReLU",
    "LogSoftmax",
    "PReLU",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
];

/// A line, and the shape after it if that is another than before.
struct Line {
    text: String,
    comment: Option<Dims>,
    /// Whether layers may follow on it.
    open: bool,
}

/// `network! { … }` with a type of this name.
pub fn text(network: &Network, name: &str, docs: &[String], double: bool) -> String {
    let Dims { channels, height, width } = network.input;
    let scalar = if double { "; f64" } else { "" };
    let mut text = String::from("shapeproof::network! {\n");
    for line in docs {
        _ = writeln!(text, "    /// {line}");
    }
    _ = writeln!(text, "    pub type {name} = [{channels}, {height}, {width}{scalar}] =>");
    write_lines(&mut text, 2, &lines(&network.items, network.input));
    text + "}\n"
}

/// Writes lines, with the comments of neighbors below each other.
fn write_lines(text: &mut String, depth: usize, lines: &[Row]) {
    let indent = "    ".repeat(depth);
    let is_commented = |row: &Row| matches!(row, Row::Line(line) if line.comment.is_some());
    for group in lines.chunk_by(|a, b| matches!((a, b), (Row::Line(_), Row::Line(_)))) {
        let widths = group.iter().filter(|row| is_commented(row)).map(|row| row.width());
        let width = widths.max().unwrap_or(0);
        for row in group {
            match row {
                Row::Line(Line { text: line, comment: Some(dims), .. }) => {
                    _ = writeln!(text, "{indent}{line:width$} // {dims}");
                }
                Row::Line(line) => _ = writeln!(text, "{indent}{}", line.text),
                Row::Block(block) => write_block(text, depth, block),
            }
        }
    }
}

/// A line, or a block of several.
enum Row<'a> {
    Line(Line),
    Block(Nested<'a>),
}

impl Row<'_> {
    fn width(&self) -> usize {
        if let Row::Line(line) = self { line.text.chars().count() } else { 0 }
    }
}

/// A block, and the shapes around it.
struct Nested<'a> {
    block: &'a Block,
    input: Dims,
    changes: bool,
}

fn lines(items: &[Item], input: Dims) -> Vec<Row<'_>> {
    let (mut rows, mut before): (Vec<Row>, Dims) = (Vec::new(), input);
    for item in items {
        match item {
            Item::Layer(layer) => {
                let (text, after) = (call(layer), layer.output.unwrap_or(before));
                let follows = FOLLOWERS.contains(&layer.kind) || layer.kind == "Flatten" && after == before;
                match rows.last_mut() {
                    Some(Row::Line(line)) if follows && line.open && line.text.chars().count() + text.len() < WIDTH => {
                        line.text += &format!(" {text}");
                    }
                    _ => rows.push(Row::Line(Line { text, comment: (after != before).then_some(after), open: true })),
                }
                before = after;
            }
            Item::Block(block) => {
                let after = block.output.unwrap_or(before);
                rows.push(Row::Block(Nested { block, input: before, changes: after != before }));
                before = after;
            }
        }
    }
    rows
}

/// A layer, with a comma: `conv1: Conv2D(filters = 6, kernel = 5),`
fn call(layer: &Layer) -> String {
    let arguments: Vec<String> = layer.arguments.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let list = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
    format!("{}{}{list},", label(layer.label.as_deref()), layer.kind)
}

fn label(label: Option<&str>) -> String {
    label.map_or(String::new(), |label| format!("{label}: "))
}

fn write_block(text: &mut String, depth: usize, nested: &Nested) {
    let (Nested { block, input, .. }, indent) = (nested, "    ".repeat(depth));
    let opening = format!("{indent}{}{}", label(block.label.as_deref()), block.kind);
    let comment = block.output.filter(|_| nested.changes).map_or(String::new(), |dims| format!(" // {dims}"));
    if let [(_, items)] = &block.branches[..]
        && let Some(layers) = one_line(&lines(items, *input), block.kind == "Gate")
    {
        _ = writeln!(text, "{opening}({layers}),{comment}");
        return;
    }
    _ = writeln!(text, "{opening}(");
    for (at, (name, items)) in block.branches.iter().enumerate() {
        let (rows, is_list) = (lines(items, *input), block.kind == "Concat");
        let name = if is_list { String::new() } else { format!("{name} = ") };
        if at == 0 && !is_list {
            write_lines(text, depth + 1, &rows);
        } else if items.is_empty() {
            _ = writeln!(text, "{indent}    Identity,");
        } else if let Some(layers) = one_line(&rows, is_list || rows.len() == 1) {
            _ = writeln!(text, "{indent}    {name}({layers}),");
        } else {
            _ = writeln!(text, "{indent}    {name}(");
            write_lines(text, depth + 2, &rows);
            _ = writeln!(text, "{indent}    ),");
        }
    }
    _ = writeln!(text, "{indent}),{comment}");
}

/// The layers of a branch on one line, if they fit there: a single line without a comment, or several whose comments are left out.
fn one_line(rows: &[Row], leaves_out: bool) -> Option<String> {
    let texts = rows.iter().map(|row| match row {
        Row::Line(line) if leaves_out || line.comment.is_none() => Some(&*line.text),
        _ => None,
    });
    let texts = texts.collect::<Option<Vec<&str>>>().filter(|texts| leaves_out || texts.len() == 1)?;
    let line = texts.join(" ");
    (line.chars().count() < WIDTH - 12).then(|| line.trim_end_matches(',').into())
}
