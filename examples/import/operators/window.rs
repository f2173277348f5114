//! Windows: poolings, and what they have in common with convolutions.

use shapeproof::shape::Dims;

use super::super::call::{Call, Made, Shape};

/// A window that moves over an image: sizes are `[vertical, horizontal]`.
pub struct Window {
    pub kernel: [usize; 2],
    pub stride: [usize; 2],
    pub dilation: [usize; 2],
    /// Top, left, bottom, right.
    pub pads: [usize; 4],
}

impl Window {
    /// Reads all attributes of a window with this kernel.
    pub fn of(call: &Call, kernel: [usize; 2]) -> Window {
        let [stride, dilation] = ["strides", "dilations"].map(|name| call.sizes(name, 1));
        let mut window = Window { kernel, stride, dilation, pads: call.sizes("pads", 0) };
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

    /// `name = 3` and the others that are not at their defaults.
    pub fn arguments(&self, name: &'static str, default: [usize; 2]) -> Vec<(&'static str, String)> {
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
    let window = Window::of(call, call.sizes("kernel_shape", 0));
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
        return global(call, kind, 4);
    }
    let output = window.positions(call, dims, ceil);
    if ceil && output.is_some() && output != window.positions(call, dims, false) {
        arguments.push(("ceil", "true".into()));
    }
    let dims = output.map(|[height, width]| Dims::new(dims.channels, height, width));
    call.layer(kind, arguments, vec![], Shape { dims, rank: 4 })
}

/// The shape of the input, which has to be an image; otherwise there is a complaint.
pub fn image(call: &Call) -> Option<Dims> {
    let shape = call.shape();
    if shape.rank != 4 && shape.rank != 0 {
        call.complain(format_args!("found an input with {} axes, expected [N, C, H, W]", shape.rank));
        return None;
    }
    shape.dims
}

pub fn global_average_pool(call: &Call) -> Made {
    global(call, "AvgPool2D", 4)
}

pub fn global_max_pool(call: &Call) -> Made {
    global(call, "MaxPool2D", 4)
}

/// A window as large as the image, or as its share for each output.
fn global(call: &Call, kind: &'static str, rank: usize) -> Made {
    let shape = call.shape();
    let Some(dims) = image(call) else { return call.lost(Shape { dims: None, rank }) };
    // PyTorch's adaptive poolings have more outputs than one, if asked.
    let outputs: [usize; 2] = call.sizes("output_size", 1);
    let window = [(dims.height, outputs[0]), (dims.width, outputs[1])].map(|(size, outputs)| size.checked_div(outputs));
    let [Some(height), Some(width)] = window else {
        call.refuse("output_size", "at least 1");
        return call.lost(Shape { dims: None, rank });
    };
    if [height * outputs[0], width * outputs[1]] != [dims.height, dims.width] {
        call.refuse("output_size", format_args!("one that divides the {dims} input"));
    }
    let dims = Some(Dims::new(dims.channels, outputs[0], outputs[1]));
    let rank = if shape.rank == 4 { rank } else { 0 };
    let (kind, arguments) = match (outputs, kind) {
        ([1, 1], "MaxPool2D") => ("GlobalMaxPool2D", vec![]),
        ([1, 1], _) => ("GlobalAvgPool2D", vec![]),
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

/// Over height and width.
fn reduce(call: &Call, kind: &'static str) -> Made {
    call.ignore(&["noop_with_empty_axes"]);
    let rank = if call.int("keepdims", 1) == 1 { 4 } else { 2 };
    let axes = call.list(1, "axes").unwrap_or_default();
    let mut axes: Vec<i64> =
        axes.into_iter().flatten().map(|axis| if axis < 0 { axis.saturating_add(4) } else { axis }).collect();
    axes.sort_unstable();
    if axes != [2, 3] {
        call.complain(format_args!("axes: found {axes:?}, expected [2, 3], height and width"));
        return call.lost(Shape { dims: None, rank });
    }
    global(call, kind, rank)
}
