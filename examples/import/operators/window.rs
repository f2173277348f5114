//! Windows: poolings, and what they have in common with convolutions.

use shapeproof::shape::{Dims, Padding, Window, inference};

use super::super::call::{Call, Made, Shape};
use super::super::graph::{Attribute, Setting};
use super::super::part::Math;
use super::shape::positive;

/// How a window moves over an image, or over a series, which is an image of one row.
pub struct Moves {
    pub window: Window,
    pub is_series: bool,
}

/// Whether the input is a series, `[N, C, L]`. If its shape is not known, the attributes say it.
pub fn is_series(call: &Call) -> bool {
    let has_one = |attribute: &Attribute| {
        let is_size = matches!(&*attribute.name, "kernel_shape" | "strides");
        is_size && matches!(&attribute.setting, Setting::Ints(sizes) if sizes.len() == 1)
    };
    match call.shape().rank {
        0 => call.node.attributes.iter().any(has_one),
        rank => rank == 3,
    }
}

/// Sizes for height and width. A series has one, and `row` is that of its only row.
pub fn sizes(call: &Call, name: &str, default: usize, row: usize) -> [usize; 2] {
    if is_series(call) {
        let [size] = call.sizes(name, default);
        return [row, size];
    }
    call.sizes(name, default)
}

impl Moves {
    /// Reads all attributes of a window with this kernel.
    pub fn of(call: &Call, kernel: [usize; 2]) -> Moves {
        let [stride, dilation] = ["strides", "dilations"].map(|name| sizes(call, name, 1, 1));
        let is_series = is_series(call);
        let [top, left, bottom, right] = if is_series {
            let [first, last] = call.sizes("pads", 0);
            [0, first, 0, last]
        } else {
            call.sizes("pads", 0)
        };
        let bare = Window { dilation, ..Window::new(kernel, stride, [0, 0]) };
        let window = match (call.text("auto_pad", "NOTSET"), call.shape().dims) {
            ("NOTSET", _) => Window { before: [top, left], after: [bottom, right], ..bare },
            ("VALID", _) => bare,
            ("SAME_UPPER", Some(dims)) => Padding::Same.around(dims, bare),
            ("SAME_LOWER", Some(dims)) => {
                let upper = Padding::Same.around(dims, bare);
                Window { before: upper.after, after: upper.before, ..upper }
            }
            ("SAME_UPPER" | "SAME_LOWER", None) => bare,
            _ => {
                call.refuse("auto_pad", "NOTSET, VALID, SAME_UPPER or SAME_LOWER");
                bare
            }
        };
        Moves { window, is_series }
    }

    /// Whether a layer of a series has it: its padding is the same on both sides.
    fn is_of_series(&self) -> bool {
        self.is_series && self.window.before == self.window.after
    }

    /// `Conv2D`, or `Conv1D` of a series.
    pub fn kind(&self, kind: &'static str) -> &'static str {
        if self.is_of_series() { of_series(kind) } else { kind }
    }

    /// `name = 3` and the others that are not at their defaults.
    pub fn arguments(&self, name: &'static str, default: [usize; 2]) -> Vec<(&'static str, String)> {
        let pair = |sizes: [usize; 2]| if self.is_of_series() { sizes[1].to_string() } else { pair(sizes) };
        let Window { kernel, stride, before: [top, left], after: [bottom, right], dilation, .. } = self.window;
        let mut arguments = vec![(name, pair(kernel))];
        if stride != default {
            arguments.push(("stride", pair(stride)));
        }
        if !self.window.is_bare() {
            let padding = if (top, left) == (bottom, right) {
                pair([top, left])
            } else {
                format!("[[{top}, {bottom}], [{left}, {right}]]")
            };
            arguments.push(("padding", padding));
        }
        if dilation != [1, 1] {
            arguments.push(("dilation", pair(dilation)));
        }
        arguments
    }
}

/// The layer of a series that does what this one does to an image of one row.
fn of_series(kind: &'static str) -> &'static str {
    match kind {
        "Conv2D" => "Conv1D",
        "MaxPool2D" => "MaxPool1D",
        "AvgPool2D" => "AvgPool1D",
        _ => kind,
    }
}

/// One number for both axes, or both.
pub fn pair([vertical, horizontal]: [usize; 2]) -> String {
    if vertical == horizontal { format!("{vertical}") } else { format!("[{vertical}, {horizontal}]") }
}

pub fn max_pool(call: &Call) -> Made {
    call.ignore(&["storage_order"]);
    pool(call, "MaxPool2D")
}

pub fn average_pool(call: &Call) -> Made {
    pool(call, "AvgPool2D")
}

fn pool(call: &Call, kind: &'static str) -> Made {
    let shape = call.shape();
    let moves = Moves::of(call, sizes(call, "kernel_shape", 0, 1));
    let (window, of_kind) = (moves.window, moves.kind(kind));
    let mut arguments = moves.arguments("window", window.kernel);
    if kind == "AvgPool2D" {
        call.only("dilations", window.dilation, [1, 1]);
        if call.int("count_include_pad", 0) == 0 && !window.is_bare() {
            arguments.push(("count_padding", "false".into()));
        }
    }
    let ceil = call.int("ceil_mode", 0) == 1;
    let Some(dims) = image(call) else { return call.lost(shape) };
    if !call.ours && window.kernel == [dims.height, dims.width] && window.is_bare() && !window.is_dilated() {
        return global(call, kind, true);
    }
    let rounded = |ceil| inference::pool2d(of_kind, dims, Window { ceil, ..window });
    let output = call.rule(rounded(ceil));
    if ceil && output.is_some() && rounded(false).ok() != output {
        arguments.push(("ceil", "true".into()));
    }
    call.layer(of_kind, arguments, vec![], Shape { dims: output, ..shape })
}

/// The shape of the input, which has to be an image or a series; otherwise there is a complaint.
pub fn image(call: &Call) -> Option<Dims> {
    let shape = call.shape();
    if !matches!(shape.rank, 0 | 3 | 4) {
        call.complain(format_args!("found an input with {} axes, expected [N, C, H, W] or [N, C, L]", shape.rank));
        return None;
    }
    shape.dims
}

pub fn global_average_pool(call: &Call) -> Made {
    global(call, "AvgPool2D", true)
}

pub fn global_max_pool(call: &Call) -> Made {
    global(call, "MaxPool2D", true)
}

/// A window as large as the image, or as its share for each output. The output `keeps` the number of axes, or is a vector.
fn global(call: &Call, kind: &'static str, keeps: bool) -> Made {
    let shape = call.shape();
    let rank = if keeps || shape.rank == 0 { shape.rank } else { 2 };
    let Some(dims) = image(call) else { return call.lost(Shape { dims: None, rank }) };
    // PyTorch's adaptive poolings have more outputs than one, if asked.
    let outputs = sizes(call, "output_size", 1, 1);
    let window = [(dims.height, outputs[0]), (dims.width, outputs[1])].map(|(size, outputs)| size.checked_div(outputs));
    let [Some(height), Some(width)] = window else {
        call.refuse("output_size", "at least 1");
        return call.lost(Shape { dims: None, rank });
    };
    if [height * outputs[0], width * outputs[1]] != [dims.height, dims.width] {
        call.refuse("output_size", format_args!("one that divides the {dims} input"));
    }
    let dims = Some(Dims::new(dims.channels, outputs[0], outputs[1]));
    let (kind, arguments) = match (outputs, kind) {
        ([1, 1], "MaxPool2D") => ("GlobalMaxPool2D", vec![]),
        ([1, 1], _) => ("GlobalAvgPool2D", vec![]),
        _ if shape.rank == 3 => (of_series(kind), vec![("window", width.to_string())]),
        _ => (kind, vec![("window", pair([height, width]))]),
    };
    call.layer(kind, arguments, vec![], Shape { dims, rank })
}

pub fn reduce_mean(call: &Call) -> Made {
    reduce(call, "AvgPool2D")
}

pub fn reduce_max(call: &Call) -> Made {
    reduce(call, "MaxPool2D")
}

/// Over height and width, or the length; or over the pieces of channels.
fn reduce(call: &Call, kind: &'static str) -> Made {
    call.ignore(&["noop_with_empty_axes"]);
    let (shape, keeps) = (call.shape(), call.int("keepdims", 1) == 1);
    let rank = if shape.rank == 0 { 4 } else { shape.rank };
    let axes = call.list(1, "axes").unwrap_or_default();
    let mut axes: Vec<i64> = axes.into_iter().flatten().map(|axis| positive(axis, rank)).collect();
    axes.sort_unstable();
    match (rank, &axes[..]) {
        (3, [2]) | (4, [2, 3]) => global(call, kind, keeps),
        (5, [2]) if kind == "MaxPool2D" && !keeps => Made::Step(Math::Largest, Shape { rank: 4, ..shape }),
        _ => {
            let expected = if rank == 3 { "[2], the length" } else { "[2, 3], height and width" };
            call.complain(format_args!("axes: found {axes:?}, expected {expected}"));
            call.lost(Shape { dims: None, rank: if keeps { rank } else { 2 } })
        }
    }
}
