//! The rules of layers whose window moves over an image.

use super::super::{ConstString, Dims, Geometry, MAX_NUMBERS, Window, volume};
use super::{Inferred, gives, parameters, takes, too_large};

/// `[C, H, W] → [filters, OH, OW]` with any [`Window`], and weights from each of `groups` groups of channels to as many of filters.
pub const fn conv2d(kind: &str, input: Dims, filters: usize, groups: usize, window: Window) -> Inferred {
    if let Err(text) = takes(kind, input) {
        return Err(text);
    }
    if filters == 0 {
        return Err(ConstString::new().str(kind).str(" needs `filters` of at least 1"));
    }
    if let Err(text) = divides(kind, input, filters, groups) {
        return Err(text);
    }
    let what = match spaced(ConstString::new().str(kind).str(" kernel ").pair(window.kernel), window) {
        Ok(what) => what,
        Err(text) => return Err(text),
    };
    let output = match slide(what, input, window) {
        Ok([height, width]) => Dims::new(filters, height, width),
        Err(text) => return Err(text),
    };
    if let Err(text) = pads(what, "input", input, window) {
        return Err(text);
    }
    let group = Geometry { input, output, window }.group(groups);
    if parameters(filters, group.patch(), true) > MAX_NUMBERS {
        let text = what.str(" over ").number(group.input.channels).str(" channels, ").number(filters).str(" filters: ");
        return Err(text.str("too many weights; a network has at most ").number(MAX_NUMBERS).str(" parameters"));
    }
    if volume!(group.patch(), group.positions()) > MAX_NUMBERS {
        let text = what.str(" sees ").number(group.patch()).str(" numbers at each of ").number(group.positions());
        return Err(text.str(" positions, together more than ").number(MAX_NUMBERS));
    }
    gives(kind, output)
}

/// Checks that channels and filters can be cut into `groups` equal groups.
const fn divides(kind: &str, input: Dims, filters: usize, groups: usize) -> Result<(), ConstString> {
    if groups == 0 {
        return Err(ConstString::new().str(kind).str(" has 0 `groups`; it must be at least 1"));
    }
    let text = ConstString::new().str(kind).str(" has ").number(groups).str(" groups, which do not divide its ");
    if !input.channels.is_multiple_of(groups) {
        Err(text.number(input.channels).str(" input channels"))
    } else if !filters.is_multiple_of(groups) {
        Err(text.number(filters).str(" filters"))
    } else {
        Ok(())
    }
}

/// `[C, H, W] → [C, OH, OW]`. The padding is at most half of what the window spans, as in PyTorch, and every window sees a pixel.
pub const fn pool2d(kind: &str, input: Dims, window: Window) -> Inferred {
    if let Err(text) = takes(kind, input) {
        return Err(text);
    }
    let what = match spaced(ConstString::new().str(kind).str(" window ").pair(window.kernel), window) {
        Ok(what) => what,
        Err(text) => return Err(text),
    };
    let [height, width] = match slide(what, input, window) {
        Ok(outputs) => outputs,
        Err(text) => return Err(text),
    };
    let (Window { before: [top, left], after: [bottom, right], .. }, output) =
        (window, Dims::new(input.channels, height, width));
    let [vertical, horizontal] = [window.extent(0) / 2, window.extent(1) / 2];
    if top > vertical || bottom > vertical || left > horizontal || right > horizontal {
        let text = ConstString::new().str(kind).str(" padding ").padding(window).str(" is more than half of its ");
        return Err(dilated(text.pair(window.kernel).str(" window"), window));
    }
    if let Err(text) = pads(what, "input", input, window) {
        return Err(text);
    }
    if !(Geometry { input, output, window }).sees_pixels() {
        return Err(what.str(" sees only padding at some positions of its ").dims(input).str(" input"));
    }
    gives(kind, output)
}

/// The text with the dilation of the window, or what is wrong with that.
pub(super) const fn spaced(what: ConstString, window: Window) -> Result<ConstString, ConstString> {
    let ([dh, dw], text) = (window.dilation, what.str(" has dilation ").pair(window.dilation));
    if dh == 0 || dw == 0 {
        Err(text.str("; it must be at least 1"))
    } else if dh > MAX_NUMBERS || dw > MAX_NUMBERS {
        Err(text.str("; it must be at most ").number(MAX_NUMBERS))
    } else {
        Ok(dilated(what, window))
    }
}

/// The text, then ` with dilation 2×2` if the window has one.
const fn dilated(text: ConstString, window: Window) -> ConstString {
    if window.is_dilated() { text.str(" with dilation ").pair(window.dilation) } else { text }
}

/// The number of window positions along each axis, or why the window does not fit into the image.
const fn slide(what: ConstString, input: Dims, window: Window) -> Result<[usize; 2], ConstString> {
    let ([kh, kw], [sh, sw]) = (window.kernel, window.stride);
    if kh == 0 || kw == 0 {
        return Err(what.str(" is empty; it must be at least 1"));
    }
    let text = what.str(" has stride ").pair(window.stride);
    if sh == 0 || sw == 0 {
        return Err(text.str("; it must be at least 1"));
    }
    if sh > MAX_NUMBERS || sw > MAX_NUMBERS {
        return Err(text.str("; it must be at most ").number(MAX_NUMBERS));
    }
    let outputs = [window.output(0, input.height), window.output(1, input.width)];
    if outputs[0] == 0 || outputs[1] == 0 {
        let text = what.str(" does not fit its ").dims(input).str(" input");
        return Err(if window.is_bare() { text } else { text.str(" with padding ").padding(window) });
    }
    Ok(outputs)
}

/// The image with its padding, or why that is too large. It is the layer's `side`: its "input", or its "output".
pub(super) const fn pads(what: ConstString, side: &str, image: Dims, window: Window) -> Inferred {
    let padded = window.padded(image);
    if padded.is_allowed() {
        Ok(padded)
    } else {
        let text = what.str(" has padding ").padding(window).str(", with which its ").dims(image);
        Err(too_large(text.str(" ").str(side).str(" is")))
    }
}

#[cfg(test)]
mod tests {
    use super::super::says;
    use super::*;

    const SQUARE: Window = Window::new([3, 3], [1, 1], [0, 0]);

    const fn conv2d(input: Dims, filters: usize, groups: usize, window: Window) -> Inferred {
        super::conv2d("Conv2D", input, filters, groups, window)
    }

    #[test]
    fn a_convolution_fits_or_says_why() {
        let input = Dims::new(8, 12, 10);
        assert_eq!(says(conv2d(input, 16, 1, SQUARE)), "16×10×8");
        let empty = Dims::new(0, 12, 10);
        assert_eq!(says(conv2d(empty, 16, 1, SQUARE)), "Conv2D has nothing to work on: its input is 0×12×10");
        assert_eq!(says(conv2d(input, 0, 1, SQUARE)), "Conv2D needs `filters` of at least 1");
        let tall = Window { kernel: [13, 3], ..SQUARE };
        assert_eq!(says(conv2d(input, 16, 1, tall)), "Conv2D kernel 13×3 does not fit its 8×12×10 input");
        assert_eq!(says(conv2d(input, 16, 1, Window { after: [1, 0], ..tall })), "16×1×8");
        assert_eq!(
            says(conv2d(input, 16, 1, Window::new([3, 15], [1, 1], [0, 2]))),
            "Conv2D kernel 3×15 does not fit its 8×12×10 input with padding 0×2"
        );
        assert_eq!(
            says(conv2d(input, 16, 1, Window { after: [0, 2], dilation: [2, 7], ..SQUARE })),
            "Conv2D kernel 3×3 with dilation 2×7 does not fit its 8×12×10 input with padding [[0, 0], [0, 2]]"
        );
        let still = Window { stride: [1, 0], ..SQUARE };
        assert_eq!(says(conv2d(input, 16, 1, still)), "Conv2D kernel 3×3 has stride 1×0; it must be at least 1");
        let folded = Window { dilation: [1, 0], ..SQUARE };
        assert_eq!(says(conv2d(input, 16, 1, folded)), "Conv2D kernel 3×3 has dilation 1×0; it must be at least 1");
        assert_eq!(
            says(conv2d(input, 16, 1, Window { kernel: [0, 3], ..SQUARE })),
            "Conv2D kernel 0×3 is empty; it must be at least 1"
        );
    }

    #[test]
    fn groups_divide_channels_and_filters() {
        let input = Dims::new(6, 5, 4);
        assert_eq!(says(conv2d(input, 12, 6, SQUARE)), "12×3×2");
        assert_eq!(says(conv2d(input, 12, 4, SQUARE)), "Conv2D has 4 groups, which do not divide its 6 input channels");
        assert_eq!(says(conv2d(input, 8, 3, SQUARE)), "Conv2D has 3 groups, which do not divide its 8 filters");
        assert_eq!(says(conv2d(input, 8, 0, SQUARE)), "Conv2D has 0 `groups`; it must be at least 1");
    }

    #[test]
    fn a_pooling_window_sees_at_least_one_pixel() {
        let input = Dims::new(2, 5, 7);
        let window = Window::new([2, 3], [2, 3], [0, 0]);
        assert_eq!(says(pool2d("MaxPool2D", input, window)), "2×2×2");
        let padded = Window { before: [2, 0], after: [2, 0], ..window };
        assert_eq!(
            says(pool2d("MaxPool2D", input, padded)),
            "MaxPool2D padding 2×0 is more than half of its 2×3 window"
        );
        // With dilation, the window spans more.
        assert_eq!(says(pool2d("MaxPool2D", input, Window { dilation: [4, 1], ..padded })), "2×3×2");
        assert_eq!(
            says(pool2d("MaxPool2D", Dims::new(2, 1, 7), Window { dilation: [4, 1], ..padded })),
            "MaxPool2D window 2×3 with dilation 4×1 sees only padding at some positions of its 2×1×7 input"
        );
        let large = Window { kernel: [6, 3], ..window };
        assert_eq!(says(pool2d("AvgPool2D", input, large)), "AvgPool2D window 6×3 does not fit its 2×5×7 input");
        assert_eq!(says(pool2d("AvgPool2D", input, Window { ceil: true, ..large })), "2×1×3");
    }
}
