//! The padding of a layer as it is written in `network!`.

use super::{Dims, Window};

/// The padding of an image: numbers, or what keeps its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// `[[top, bottom], [left, right]]`
    Sides([[usize; 2]; 2]),
    /// As much as gives ⌈size / stride⌉ outputs; of an odd number the smaller half comes before the image.
    ///
    /// This is TensorFlow's `same`, ONNX's `SAME_UPPER`, and at stride 1 PyTorch's `same`.
    Same,
}

impl Padding {
    /// The same padding above and below, and the same left and right.
    pub const fn of([vertical, horizontal]: [usize; 2]) -> Padding {
        Padding::Sides([[vertical; 2], [horizontal; 2]])
    }

    /// The window over `input` with this padding.
    pub const fn around(self, input: Dims, window: Window) -> Window {
        let [[top, bottom], [left, right]] = match self {
            Padding::Sides(sides) => sides,
            Padding::Same => [same(window, 0, input.height), same(window, 1, input.width)],
        };
        Window { before: [top, left], after: [bottom, right], ..window }
    }
}

/// The padding before and after an axis of `size` pixels that gives ⌈size / stride⌉ outputs.
const fn same(window: Window, axis: usize, size: usize) -> [usize; 2] {
    let (extent, stride) = (window.extent(axis), window.stride[axis]);
    if stride == 0 || size == 0 {
        return [0, 0];
    }
    let others = size.div_ceil(stride) - 1;
    let all = others.saturating_mul(stride).saturating_add(extent).saturating_sub(size);
    [all / 2, all - all / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_size_divided_by_the_stride() {
        // (size, kernel, stride, dilation) → [before, after]
        for (size, kernel, stride, dilation, sides) in [
            (7, 3, 1, 1, [1, 1]),
            (7, 4, 1, 1, [1, 2]),
            (7, 3, 1, 3, [3, 3]),
            (8, 3, 2, 1, [0, 1]),
            (7, 3, 2, 1, [1, 1]),
            (8, 1, 2, 1, [0, 0]),
            (5, 2, 7, 1, [0, 0]),
        ] {
            let window = Window { dilation: [dilation, 1], ..Window::new([kernel, 1], [stride, 1], [9, 9]) };
            let window = Padding::Same.around(Dims::new(1, size, 4), window);
            assert_eq!([window.before, window.after], [[sides[0], 0], [sides[1], 0]], "{window:?} over {size}");
            assert_eq!(window.output(0, size), size.div_ceil(stride), "{window:?} over {size}");
        }
        let still = Window::new([3, 3], [0, 1], [0, 0]);
        assert_eq!(Padding::Same.around(Dims::new(1, 5, 5), still).before, [0, 1]);
    }
}
