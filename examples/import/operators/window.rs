//! Windows: poolings, and what they have in common with convolutions.

use shapeproof::shape::Dims;

use super::super::call::{Call, Made, Shape};
use super::super::graph::{Attribute, Setting};
use super::super::part::Math;
use super::shape::positive;

/// A window that moves over an image: sizes are `[vertical, horizontal]`.
pub struct Window {
    pub kernel: [usize; 2],
    pub stride: [usize; 2],
    pub dilation: [usize; 2],
    /// Top, left, bottom, right.
    pub pads: [usize; 4],
    /// Whether it moves over a series, which is an image of one row.
    pub is_series: bool,
}

/// Whether the input is a series, `[N, C, L]`. If its shape is not known, the attributes say it.
pub fn is_series(call: &Call) -> bool {
    let has_one = |attribute: &Attribute| matches!((&*attribute.name, &attribute.setting), ("kernel_shape" | "strides", Setting::Ints(sizes)) if sizes.len() == 1);
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

impl Window {
    /// Reads all attributes of a window with this kernel.
    pub fn of(call: &Call, kernel: [usize; 2]) -> Window {
        let [stride, dilation] = ["strides", "dilations"].map(|name| sizes(call, name, 1, 1));
        let is_series = is_series(call);
        let pads = if is_series {
            let [first, last] = call.sizes("pads", 0);
            [0, first, 0, last]
        } else {
            call.sizes("pads", 0)
        };
        let mut window = Window { kernel, stride, dilation, pads, is_series };
        let dims = call.shape().dims;
        match (call.text("auto_pad", "NOTSET"), dims) {
            ("NOTSET", _) => {}
            ("VALID", _) => window.pads = [0; 4],
            (same @ ("SAME_UPPER" | "SAME_LOWER"), Some(dims)) => {
                for (axis, size) in [dims.height, dims.width].into_iter().enumerate() {
                    let outputs = size.div_ceil(stride[axis].max(1));
                    let needed =
                        (outputs.saturating_sub(1).saturating_mul(stride[axis])).saturating_add(window.reach(axis));
                    let total = needed.saturating_sub(size);
                    let (less, more) = (total / 2, total - total / 2);
                    let (first, last) = if same == "SAME_UPPER" { (less, more) } else { (more, less) };
                    (window.pads[axis], window.pads[axis + 2]) = (first, last);
                }
            }
            (_, None) => {}
            _ => call.refuse("auto_pad", "NOTSET, VALID, SAME_UPPER or SAME_LOWER"),
        }
        window
    }

    /// How many pixels it spans along an axis.
    fn reach(&self, axis: usize) -> usize {
        self.kernel[axis].saturating_sub(1).saturating_mul(self.dilation[axis]).saturating_add(1)
    }

    /// The number of positions along both axes; `None`, with a complaint, if the window does not fit. Rounded up, the last one may
    /// begin in the image or the padding before it.
    pub fn positions(&self, call: &Call, input: Dims, ceil: bool) -> Option<[usize; 2]> {
        let mut positions = [0; 2];
        for (axis, size) in [input.height, input.width].into_iter().enumerate() {
            let stride = self.stride[axis];
            let padded = size.saturating_add(self.pads[axis]).saturating_add(self.pads[axis + 2]);
            let room = padded.checked_sub(self.reach(axis)).filter(|_| stride > 0 && self.kernel[axis] > 0);
            let Some(room) = room else {
                let [height, width] = self.kernel;
                call.complain(format_args!("a window of {height}×{width} does not fit its {input} input"));
                return None;
            };
            positions[axis] = room / stride + 1;
            if ceil
                && room % stride != 0
                && positions[axis].saturating_mul(stride) < size.saturating_add(self.pads[axis])
            {
                positions[axis] += 1;
            }
        }
        Some(positions)
    }

    /// The sizes of an image over which this window has the positions `input`, and `more` pixels; `None`, with a complaint, if it has
    /// none.
    pub fn transposed(&self, call: &Call, input: Dims, more: [usize; 2]) -> Option<[usize; 2]> {
        let mut sizes = [0; 2];
        for (axis, size) in [input.height, input.width].into_iter().enumerate() {
            let whole = size.saturating_sub(1).saturating_mul(self.stride[axis]).saturating_add(self.reach(axis));
            let cut = self.pads[axis].saturating_add(self.pads[axis + 2]);
            let is_window = self.kernel[axis] > 0 && self.stride[axis] > 0 && self.dilation[axis] > 0;
            let size = whole.saturating_add(more[axis]).checked_sub(cut).filter(|&size| size > 0 && is_window);
            let Some(size) = size else {
                let [height, width] = self.kernel;
                call.complain(format_args!("a window of {height}×{width} leaves nothing of its {input} input"));
                return None;
            };
            sizes[axis] = size;
        }
        Some(sizes)
    }

    /// Whether a layer of a series has it: its padding is the same on both sides.
    fn is_of_series(&self) -> bool {
        self.is_series && self.pads[1] == self.pads[3]
    }

    /// `Conv2D`, or `Conv1D` of a series.
    pub fn kind(&self, kind: &'static str) -> &'static str {
        if self.is_of_series() { of_series(kind) } else { kind }
    }

    /// `name = 3` and the others that are not at their defaults.
    pub fn arguments(&self, name: &'static str, default: [usize; 2]) -> Vec<(&'static str, String)> {
        let pair = |sizes: [usize; 2]| if self.is_of_series() { sizes[1].to_string() } else { pair(sizes) };
        let mut arguments = vec![(name, pair(self.kernel))];
        if self.stride != default {
            arguments.push(("stride", pair(self.stride)));
        }
        match self.pads {
            [0, 0, 0, 0] => {}
            [top, left, bottom, right] if (top, left) == (bottom, right) => {
                arguments.push(("padding", pair([top, left])))
            }
            [top, left, bottom, right] => {
                arguments.push(("padding", format!("[[{top}, {bottom}], [{left}, {right}]]")));
            }
        }
        if self.dilation != [1, 1] {
            arguments.push(("dilation", pair(self.dilation)));
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
    let window = Window::of(call, sizes(call, "kernel_shape", 0, 1));
    let mut arguments = window.arguments("window", window.kernel);
    if kind == "AvgPool2D" {
        call.only("dilations", window.dilation, [1, 1]);
        if call.int("count_include_pad", 0) == 0 && window.pads != [0; 4] {
            arguments.push(("count_padding", "false".into()));
        }
    }
    let ceil = call.int("ceil_mode", 0) == 1;
    let Some(dims) = image(call) else { return call.lost(shape) };
    if !call.ours && window.kernel == [dims.height, dims.width] && window.pads == [0; 4] && window.dilation == [1, 1] {
        return global(call, kind, true);
    }
    let output = window.positions(call, dims, ceil);
    if ceil && output.is_some() && output != window.positions(call, dims, false) {
        arguments.push(("ceil", "true".into()));
    }
    let dims = output.map(|[height, width]| Dims::new(dims.channels, height, width));
    call.layer(window.kind(kind), arguments, vec![], Shape { dims, ..shape })
}

/// The shape of the input, which has to be an image or a series; otherwise there is a complaint.
pub fn image(call: &Call) -> Option<Dims> {
    let shape = call.shape();
    if !matches!(shape.rank, 0 | 3 | 4) {
        call.complain(format_args!("found an input with {} axes, expected [N, C, H, W]", shape.rank));
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
