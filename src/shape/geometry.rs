//! The geometry of a convolution or a pooling, from its input to its output.

use core::ops::Range;

use super::{ConstString, Dims, MAX_NUMBERS, Window, volume};

/// The geometry of a convolution or a pooling: its input, its output, and the window between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// The shape of one input.
    pub input: Dims,
    /// The shape of one output.
    pub output: Dims,
    /// How the kernel or pooling window moves.
    pub window: Window,
}

impl Geometry {
    /// Whether the output follows from the input and the window, and neither is empty or larger than [`MAX_NUMBERS`], nor is the
    /// padded input, the patch of one output, a stride, or a dilation. Then no number that a kernel computes from it overflows.
    #[inline(always)]
    pub const fn is_sound(&self) -> bool {
        let Geometry { input, output, window } = *self;
        input.is_allowed()
            && output.is_allowed()
            && output.height == window.output(0, input.height)
            && output.width == window.output(1, input.width)
            && window.stride[0] <= MAX_NUMBERS
            && window.stride[1] <= MAX_NUMBERS
            && window.dilation[0] <= MAX_NUMBERS
            && window.dilation[1] <= MAX_NUMBERS
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

    /// The check at the beginning of every convolution, for the geometry of one of `groups` groups.
    ///
    /// # Panics
    /// If there is no group, the geometry is not [sound](Geometry::is_sound), the numbers of all groups are more than
    /// [`MAX_NUMBERS`], or the output size is rounded up.
    #[inline(always)]
    #[track_caller]
    pub const fn check_convolution(&self, groups: usize) {
        let Geometry { input, output, window } = *self;
        let padded = window.padded(input).len();
        let fits = volume!(groups, padded) <= MAX_NUMBERS && volume!(groups, output.len()) <= MAX_NUMBERS;
        if groups == 0 || !self.is_sound() || !fits || window.ceil {
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

    /// The geometry of one of `groups` equal groups of channels and filters.
    #[inline(always)]
    pub const fn group(self, groups: usize) -> Geometry {
        let Geometry { input, output, window } = self;
        if groups == 1 {
            return self;
        }
        let (channels, filters) = match groups {
            0 => (0, 0),
            _ => (input.channels / groups, output.channels / groups),
        };
        let input = Dims::new(channels, input.height, input.width);
        Geometry { input, output: Dims::new(filters, output.height, output.width), window }
    }

    /// Whether every window sees at least one pixel of the image.
    #[inline(always)]
    pub const fn sees_pixels(&self) -> bool {
        self.sees_along(0, self.input.height, self.output.height)
            && self.sees_along(1, self.input.width, self.output.width)
    }

    /// Whether every window sees a pixel along `axis`.
    #[inline(always)]
    const fn sees_along(&self, axis: usize, size: usize, outputs: usize) -> bool {
        let Window { before, stride, dilation, .. } = self.window;
        let begins = outputs.saturating_sub(1).saturating_mul(stride[axis]);
        // The first window reaches the image, and the last begins before its end. Those between have no gap larger than it.
        let reach = before[axis] < self.window.extent(axis) && begins < size.saturating_add(before[axis]);
        reach && (dilation[axis] <= size || self.sees_through_gaps(axis, outputs))
    }

    /// [`sees_along`](Geometry::sees_along) for a window whose gaps are larger than the image.
    const fn sees_through_gaps(&self, axis: usize, outputs: usize) -> bool {
        let mut output = 0;
        while output < outputs {
            let (mut tap, mut sees) = (0, false);
            while tap < self.window.kernel[axis] {
                let (first, end) = self.inside(axis, tap);
                sees = sees || (first <= output && output < end);
                tap += 1;
            }
            if !sees {
                return false;
            }
            output += 1;
        }
        true
    }

    /// The outputs along `axis` whose window has its tap `tap` inside the image, as a half-open range.
    ///
    /// The pixel under this tap of output `o` is `o·stride + tap·dilation − before`; the range is where that is in `0..size`.
    #[inline]
    pub const fn inside(self, axis: usize, tap: usize) -> (usize, usize) {
        let (stride, padding) = (self.window.stride[axis], self.window.before[axis]);
        let (size, outputs) = match axis {
            0 => (self.input.height, self.output.height),
            _ => (self.input.width, self.output.width),
        };
        let tap = tap.saturating_mul(self.window.dilation[axis]);
        let first = padding.saturating_sub(tap).div_ceil(stride);
        let end = size.saturating_add(padding).saturating_sub(tap).div_ceil(stride);
        let end = if end < outputs { end } else { outputs };
        if first < end { (first, end) } else { (end, end) }
    }

    /// The taps along `axis` that output `output` has inside the image.
    #[inline]
    pub fn taps_inside(self, axis: usize, output: usize) -> Range<usize> {
        let size = [self.input.height, self.input.width][axis];
        let (first, before, step) =
            (output * self.window.stride[axis], self.window.before[axis], self.window.dilation[axis]);
        let taps = self.window.kernel[axis];
        if before <= first && first + self.window.extent(axis) <= before + size {
            return 0..taps;
        }
        let count_below = |pixel: usize| (0..taps).take_while(|tap| first + tap * step < pixel).count();
        count_below(before)..count_below(before + size)
    }

    /// The pixel along `axis` under tap `tap` of output `output`; the tap must be [`inside`](Geometry::inside).
    #[inline]
    pub const fn pixel(self, axis: usize, output: usize, tap: usize) -> usize {
        output * self.window.stride[axis] + tap * self.window.dilation[axis] - self.window.before[axis]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_geometry_is_sound_if_its_output_follows_and_nothing_is_too_large() {
        let window = Window::new([3, 2], [2, 1], [1, 0]);
        let geometry = Geometry { input: Dims::new(2, 7, 5), output: Dims::new(3, 4, 4), window };
        assert!(geometry.is_sound());
        for output in [Dims::new(3, 4, 5), Dims::new(3, 3, 4), Dims::new(0, 4, 4), Dims::new(usize::MAX / 16 + 1, 4, 4)]
        {
            assert!(!Geometry { output, ..geometry }.is_sound(), "{output}");
        }
        let output = Dims::new(3, 5, 4);
        for padding in [usize::MAX / 2 + 3, 1 << 20, usize::MAX] {
            let window = Window { before: [padding, padding], ..window };
            assert!(!Geometry { window, output, ..geometry }.is_sound(), "{padding}");
        }
        // One output everywhere, but an input without numbers, or an impossible stride or kernel.
        let one = Geometry { output: Dims::new(3, 1, 1), ..geometry };
        for (kernel, stride, height) in
            [(0, 1, 1), (1, 0, 1), (1, usize::MAX, 1), (usize::MAX, 1, usize::MAX), (1, 1, 0)]
        {
            let window = Window::new([kernel, 1], [stride, 1], [0, 0]);
            assert!(!Geometry { input: Dims::new(2, height, 1), window, ..one }.is_sound(), "{window:?} over {height}");
        }
    }

    #[test]
    #[should_panic(
        expected = "a window of 3×2, stride 2×1, padding 1×0 does not map 2×7×5 to 4×4×4, or one of them is too"
    )]
    fn a_pooling_keeps_its_channels() {
        let window = Window::new([3, 2], [2, 1], [1, 0]);
        Geometry { input: Dims::new(2, 7, 5), output: Dims::new(4, 4, 4), window }.check_pooling();
    }

    #[test]
    fn taps_are_inside_where_their_pixel_exists() {
        for (size, kernel, stride, padding, dilation) in
            [(7, 3, 1, 1, 1), (8, 3, 2, 2, 1), (5, 5, 3, 4, 1), (3, 2, 2, 0, 1), (4, 3, 1, 0, 1), (9, 3, 2, 2, 3)]
        {
            let window = Window { dilation: [dilation, 1], ..Window::new([kernel, 1], [stride, 1], [padding, 0]) };
            let outputs = window.output(0, size);
            let geometry = Geometry { input: Dims::new(1, size, 1), output: Dims::new(1, outputs, 1), window };
            for tap in 0..kernel {
                let expected = |o: &usize| (padding..size + padding).contains(&(o * stride + tap * dilation));
                let (first, end) = geometry.inside(0, tap);
                assert!((first..end).eq((0..outputs).filter(expected)), "{geometry:?}, tap {tap}");
            }
            for output in 0..outputs {
                let expected = |tap: &usize| (padding..size + padding).contains(&(output * stride + tap * dilation));
                let found = geometry.taps_inside(0, output);
                assert!(found.eq((0..kernel).filter(expected)), "{geometry:?}, output {output}");
            }
        }
    }

    #[test]
    fn a_window_with_gaps_may_miss_the_image() {
        // (size, kernel, stride, padding, dilation) → whether every window sees a pixel
        for (size, kernel, stride, padding, dilation, sees) in [
            (7, 3, 1, 1, 1, true),
            (7, 3, 1, 3, 1, false),
            (1, 2, 1, 2, 4, false),
            (3, 2, 1, 2, 4, false),
            (3, 2, 2, 2, 4, true),
            (1, 3, 1, 4, 4, true),
        ] {
            let window = Window { dilation: [dilation, 1], ..Window::new([kernel, 1], [stride, 1], [padding, 0]) };
            let output = Dims::new(1, window.output(0, size), 1);
            let geometry = Geometry { input: Dims::new(1, size, 1), output, window };
            assert!(geometry.is_sound());
            assert_eq!(geometry.sees_pixels(), sees, "{geometry:?}");
        }
    }
}
