//! How a kernel or a pooling window moves over an image.

use super::{ConstString, Dims, MAX_NUMBERS, volume};

/// How a kernel or a pooling window moves over an image: `[vertical, horizontal]` each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Rows and columns under the window.
    pub kernel: [usize; 2],
    /// Rows and columns from one output to the next.
    pub stride: [usize; 2],
    /// Rows and columns added on each side of the image.
    pub padding: [usize; 2],
}

impl Window {
    /// How many outputs fit along `axis` (0 vertical, 1 horizontal) of an image with `size` pixels there:
    ///
    /// ```text
    /// ⌊(size + 2·padding − kernel) / stride⌋ + 1
    /// ```
    ///
    /// Zero if the kernel is empty, does not fit into the padded image, or does not move.
    #[inline(always)]
    pub const fn output(self, axis: usize, size: usize) -> usize {
        let (kernel, stride) = (self.kernel[axis], self.stride[axis]);
        let padded = self.padded_size(axis, size);
        if kernel == 0 || stride == 0 || kernel > padded { 0 } else { (padded - kernel) / stride + 1 }
    }

    /// The shape of an image with its padding.
    #[inline(always)]
    pub const fn padded(self, image: Dims) -> Dims {
        Dims::new(image.channels, self.padded_size(0, image.height), self.padded_size(1, image.width))
    }

    /// `size + 2·padding`; `usize::MAX` if that overflows.
    #[inline(always)]
    const fn padded_size(self, axis: usize, size: usize) -> usize {
        size.saturating_add(self.padding[axis].saturating_mul(2))
    }
}

impl ConstString {
    /// Appends `3×5, stride 2×1, padding 1×0`, leaving out a stride that is `usual` and a padding of zero.
    pub const fn window(self, window: Window, usual: [usize; 2]) -> ConstString {
        let ([sh, sw], [ph, pw]) = (window.stride, window.padding);
        let text = self.pair(window.kernel);
        let text = if sh == usual[0] && sw == usual[1] { text } else { text.str(", stride ").pair(window.stride) };
        if ph == 0 && pw == 0 { text } else { text.str(", padding ").pair(window.padding) }
    }
}

/// The geometry of a convolution or a pooling: its input, its output, and the window between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// The shape of one input.
    pub input: Dims,
    /// The shape of one output.
    pub output: Dims,
    /// The kernel's or pooling window's size, stride and padding.
    pub window: Window,
}

impl Geometry {
    /// Whether the output follows from the input and the window, and neither is empty or larger than [`MAX_NUMBERS`], nor is the
    /// padded input, the patch of one output, or a stride. Then no number that a kernel computes from it overflows.
    #[inline(always)]
    pub const fn is_sound(&self) -> bool {
        let Geometry { input, output, window } = *self;
        input.is_allowed()
            && output.is_allowed()
            && output.height == window.output(0, input.height)
            && output.width == window.output(1, input.width)
            && window.stride[0] <= MAX_NUMBERS
            && window.stride[1] <= MAX_NUMBERS
            && window.padded(input).is_allowed()
            && self.patch() <= MAX_NUMBERS
    }

    /// The check at the beginning of every kernel.
    ///
    /// # Panics
    /// If the geometry is not [sound](Geometry::is_sound).
    #[inline(always)]
    #[track_caller]
    pub const fn check(&self) {
        if !self.is_sound() {
            (*self).refuse()
        }
    }

    /// The check at the beginning of every pooling kernel.
    ///
    /// # Panics
    /// If the geometry is not [sound](Geometry::is_sound), or has more or fewer channels in its output than in its input.
    #[inline(always)]
    #[track_caller]
    pub const fn check_pooling(&self) {
        if !self.is_sound() || self.input.channels != self.output.channels {
            (*self).refuse()
        }
    }

    #[cold]
    #[inline(never)]
    #[track_caller]
    const fn refuse(self) -> ! {
        let Geometry { input, output, window } = self;
        let text = ConstString::new().str("a window of ").window(window, [0, 0]).str(" does not map ").dims(input);
        panic!("{}", text.str(" to ").dims(output).str(", or one of them is too large").as_str())
    }

    /// How many numbers one output of a convolution is computed from: `C·KH·KW`.
    #[inline(always)]
    pub const fn patch(self) -> usize {
        volume!(self.input.channels, self.window.kernel[0], self.window.kernel[1])
    }

    /// How many positions the window has: `OH·OW`.
    #[inline(always)]
    pub const fn positions(self) -> usize {
        volume!(self.output.height, self.output.width)
    }

    /// The outputs along `axis` whose window has its tap `tap` inside the image, as a half-open range.
    ///
    /// The pixel under this tap of output `o` is `o·stride + tap − padding`; the range is where that is in `0..size`.
    #[inline]
    pub const fn inside(self, axis: usize, tap: usize) -> (usize, usize) {
        let (stride, padding) = (self.window.stride[axis], self.window.padding[axis]);
        let (size, outputs) = match axis {
            0 => (self.input.height, self.output.height),
            _ => (self.input.width, self.output.width),
        };
        let first = padding.saturating_sub(tap).div_ceil(stride);
        let end = size.saturating_add(padding).saturating_sub(tap).div_ceil(stride);
        let end = if end < outputs { end } else { outputs };
        if first < end { (first, end) } else { (end, end) }
    }

    /// The pixel along `axis` under tap `tap` of output `output`; the tap must be [`inside`](Geometry::inside).
    #[inline]
    pub const fn pixel(self, axis: usize, output: usize, tap: usize) -> usize {
        output * self.window.stride[axis] + tap - self.window.padding[axis]
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
            let window = Window { kernel: [kernel, 1], stride: [stride, 1], padding: [padding, 0] };
            assert_eq!(window.output(0, size), outputs, "{window:?} over {size}");
            assert_eq!(window.output(1, 9), 9);
        }
    }

    #[test]
    fn a_geometry_is_sound_if_its_output_follows_and_nothing_is_too_large() {
        let window = Window { kernel: [3, 2], stride: [2, 1], padding: [1, 0] };
        let geometry = Geometry { input: Dims::new(2, 7, 5), output: Dims::new(3, 4, 4), window };
        assert!(geometry.is_sound());
        for output in [Dims::new(3, 4, 5), Dims::new(3, 3, 4), Dims::new(0, 4, 4), Dims::new(usize::MAX / 16 + 1, 4, 4)]
        {
            assert!(!Geometry { output, ..geometry }.is_sound(), "{output}");
        }
        let output = Dims::new(3, 5, 4);
        for padding in [usize::MAX / 2 + 3, 1 << 20, usize::MAX] {
            let window = Window { padding: [padding, padding], ..window };
            assert!(!Geometry { window, output, ..geometry }.is_sound(), "{padding}");
        }
        // One output everywhere, but an input without numbers, or an impossible stride or kernel.
        let one = Geometry { output: Dims::new(3, 1, 1), ..geometry };
        for (kernel, stride, height) in
            [(0, 1, 1), (1, 0, 1), (1, usize::MAX, 1), (usize::MAX, 1, usize::MAX), (1, 1, 0)]
        {
            let window = Window { kernel: [kernel, 1], stride: [stride, 1], padding: [0, 0] };
            assert!(!Geometry { input: Dims::new(2, height, 1), window, ..one }.is_sound(), "{window:?} over {height}");
        }
    }

    #[test]
    #[should_panic(
        expected = "a window of 3×2, stride 2×1, padding 1×0 does not map 2×7×5 to 4×4×4, or one of them is too"
    )]
    fn a_pooling_keeps_its_channels() {
        let window = Window { kernel: [3, 2], stride: [2, 1], padding: [1, 0] };
        Geometry { input: Dims::new(2, 7, 5), output: Dims::new(4, 4, 4), window }.check_pooling();
    }

    #[test]
    fn taps_are_inside_where_their_pixel_exists() {
        for (size, kernel, stride, padding) in [(7, 3, 1, 1), (8, 3, 2, 2), (5, 5, 3, 4), (3, 2, 2, 0), (4, 3, 1, 0)] {
            let window = Window { kernel: [kernel, 1], stride: [stride, 1], padding: [padding, 0] };
            let outputs = window.output(0, size);
            let geometry = Geometry { input: Dims::new(1, size, 1), output: Dims::new(1, outputs, 1), window };
            for tap in 0..kernel {
                let expected = |o: &usize| (padding..size + padding).contains(&(o * stride + tap));
                let (first, end) = geometry.inside(0, tap);
                assert!((first..end).eq((0..outputs).filter(expected)), "{geometry:?}, tap {tap}");
            }
        }
    }
}
