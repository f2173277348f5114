//! How a kernel or a pooling window moves over an image.

use super::{ConstString, Dims};

/// How a kernel or a pooling window moves over an image: `[vertical, horizontal]` each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Rows and columns of the window.
    pub kernel: [usize; 2],
    /// Rows and columns from one output to the next.
    pub stride: [usize; 2],
    /// Rows added above the image, and columns left of it.
    pub before: [usize; 2],
    /// Rows added below the image, and columns right of it.
    pub after: [usize; 2],
    /// Rows and columns from one pixel under the window to the next: 1 if they are adjacent.
    pub dilation: [usize; 2],
    /// Whether a last window that reaches beyond the padded image counts.
    pub ceil: bool,
}

impl Window {
    /// A window with the same padding before and after the image, without dilation.
    #[inline(always)]
    pub const fn new(kernel: [usize; 2], stride: [usize; 2], padding: [usize; 2]) -> Window {
        Window { kernel, stride, before: padding, after: padding, dilation: [1, 1], ceil: false }
    }

    /// How many outputs fit along `axis` (0 vertical, 1 horizontal) of an image with `size` pixels there:
    ///
    /// ```text
    /// ⌊(size + before + after − extent) / stride⌋ + 1
    /// ```
    ///
    /// With `ceil`, the quotient is rounded up instead, except that a last window begins in the image or in the padding before
    /// it, as in PyTorch. Zero if the window is empty, does not fit into the padded image, or does not move.
    #[inline(always)]
    pub const fn output(self, axis: usize, size: usize) -> usize {
        let (extent, stride) = (self.extent(axis), self.stride[axis]);
        if extent == 0 || stride == 0 {
            return 0;
        }
        let padded = self.padded_size(axis, size);
        let room = if self.ceil { padded.saturating_add(stride - 1) } else { padded };
        if extent > room {
            return 0;
        }
        let others = (room - extent) / stride;
        let begins = size.saturating_add(self.before[axis]);
        if self.ceil && others > 0 && others.saturating_mul(stride) >= begins { others } else { others + 1 }
    }

    /// How many pixels the window spans along `axis`, those that dilation leaves out included: `(kernel − 1)·dilation + 1`.
    ///
    /// Zero if the window or the dilation is; `usize::MAX` if the number overflows.
    #[inline(always)]
    pub const fn extent(self, axis: usize) -> usize {
        match (self.kernel[axis], self.dilation[axis]) {
            (0, _) | (_, 0) => 0,
            (kernel, dilation) => (kernel - 1).saturating_mul(dilation).saturating_add(1),
        }
    }

    /// The shape of an image with its padding.
    #[inline(always)]
    pub const fn padded(self, image: Dims) -> Dims {
        Dims::new(image.channels, self.padded_size(0, image.height), self.padded_size(1, image.width))
    }

    /// `before + size + after`; `usize::MAX` if that overflows.
    #[inline(always)]
    const fn padded_size(self, axis: usize, size: usize) -> usize {
        size.saturating_add(self.before[axis]).saturating_add(self.after[axis])
    }

    /// Whether there is no padding.
    pub const fn is_bare(self) -> bool {
        self.before[0] == 0 && self.before[1] == 0 && self.after[0] == 0 && self.after[1] == 0
    }

    /// Whether the pixels under the window are not all adjacent.
    pub const fn is_dilated(self) -> bool {
        self.dilation[0] != 1 || self.dilation[1] != 1
    }
}

impl ConstString {
    /// Appends `3×5, stride 2×1, padding 1×0, dilation 2×2`, leaving out a stride that is `usual` and what is not there.
    pub const fn window(self, window: Window, usual: [usize; 2]) -> ConstString {
        let [sh, sw] = window.stride;
        let text = self.pair(window.kernel);
        let text = if sh == usual[0] && sw == usual[1] { text } else { text.str(", stride ").pair(window.stride) };
        let text = if window.is_bare() { text } else { text.str(", padding ").padding(window) };
        let text = if window.is_dilated() { text.str(", dilation ").pair(window.dilation) } else { text };
        if window.ceil { text.str(", ceil") } else { text }
    }

    /// Appends `1×0`, or `[[top, bottom], [left, right]]` if the sides differ.
    pub const fn padding(self, window: Window) -> ConstString {
        let ([top, left], [bottom, right]) = (window.before, window.after);
        if top == bottom && left == right {
            return self.pair(window.before);
        }
        let text = self.str("[[").number(top).str(", ").number(bottom).str("], [").number(left);
        text.str(", ").number(right).str("]]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_counts_its_outputs() {
        // (size, kernel, stride, padding) → outputs
        for (size, kernel, stride, padding, outputs) in [
            (28, 3, 1, 1, 28),
            (14, 3, 2, 2, 8),
            (8, 2, 2, 0, 4),
            (7, 2, 2, 0, 3),
            (5, 5, 3, 0, 1),
            (5, 6, 1, 0, 0),
            (5, 7, 1, 1, 1),
            (5, 3, 0, 0, 0),
            (5, 0, 1, 0, 0),
        ] {
            let window = Window::new([kernel, 1], [stride, 1], [padding, 0]);
            assert_eq!(window.output(0, size), outputs, "{window:?} over {size}");
            assert_eq!(window.output(1, 9), 9);
        }
    }

    #[test]
    fn sides_dilation_and_rounding_up_count() {
        // (size, kernel, stride, [before, after], dilation, ceil) → outputs
        for (size, kernel, stride, [before, after], dilation, ceil, outputs) in [
            (7, 3, 1, [0, 0], 3, false, 1),
            (6, 3, 1, [0, 0], 3, false, 0),
            (6, 3, 1, [0, 1], 3, false, 1),
            (8, 2, 1, [1, 0], 4, false, 5),
            (5, 1, 2, [0, 0], 0, false, 0),
            (7, 2, 2, [0, 0], 1, true, 4),
            (8, 2, 2, [0, 0], 1, true, 4),
            // A fourth window would begin in the padding after the image.
            (5, 3, 2, [1, 1], 1, true, 3),
            (6, 3, 2, [1, 1], 1, true, 4),
            (4, 1, 5, [0, 0], 1, true, 1),
            // The only window may reach beyond the image.
            (2, 3, 2, [0, 0], 1, true, 1),
            (2, 4, 2, [0, 0], 1, true, 0),
        ] {
            let window = Window {
                before: [before, 0],
                after: [after, 0],
                dilation: [dilation, 1],
                ceil,
                ..Window::new([kernel, 1], [stride, 1], [0, 0])
            };
            assert_eq!(window.output(0, size), outputs, "{window:?} over {size}");
        }
    }

    #[test]
    fn a_window_is_described() {
        let window = Window { dilation: [2, 1], ceil: true, ..Window::new([3, 5], [2, 1], [1, 0]) };
        let says = |window, usual| alloc::string::String::from(ConstString::new().window(window, usual).as_str());
        assert_eq!(says(window, [1, 1]), "3×5, stride 2×1, padding 1×0, dilation 2×1, ceil");
        assert_eq!(says(Window::new([3, 5], [2, 1], [0, 0]), [2, 1]), "3×5");
        let sides = Window { after: [2, 0], ..Window::new([3, 5], [1, 1], [1, 0]) };
        assert_eq!(says(sides, [1, 1]), "3×5, padding [[1, 2], [0, 0]]");
    }
}
