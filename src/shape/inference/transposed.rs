//! The rule of the transposed convolution.

use super::super::{ConstString, Dims, MAX_NUMBERS, Window, volume};
use super::windows::{pads, spaced};
use super::{Inferred, gives, takes};

/// `[C, H, W] → [filters, OH, OW]`: the input of a convolution of this window whose output is `[C, H, W]`; of several, the one with
/// `output_padding` more rows and columns than the smallest.
pub const fn conv_transpose2d(input: Dims, filters: usize, window: Window, output_padding: [usize; 2]) -> Inferred {
    if let Err(text) = takes("ConvTranspose2D", input) {
        return Err(text);
    }
    if filters == 0 {
        return Err(ConstString::new().str("ConvTranspose2D needs `filters` of at least 1"));
    }
    let what = match spaced(ConstString::new().str("ConvTranspose2D kernel ").pair(window.kernel), window) {
        Ok(what) => what,
        Err(text) => return Err(text),
    };
    if window.kernel[0] == 0 || window.kernel[1] == 0 {
        return Err(what.str(" is empty; it must be at least 1"));
    }
    let Window { stride: [sh, sw], before: [top, left], after: [bottom, right], .. } = window;
    if sh == 0 || sw == 0 || sh > MAX_NUMBERS || sw > MAX_NUMBERS {
        return Err(what.str(" has stride ").pair([sh, sw]).str("; it must be from 1 to ").number(MAX_NUMBERS));
    }
    if output_padding[0] >= sh || output_padding[1] >= sw {
        let text = what.str(" has output_padding ").pair(output_padding).str("; it must be below its stride, ");
        return Err(text.pair([sh, sw]));
    }
    let whole = [
        (input.height - 1).saturating_mul(sh).saturating_add(window.extent(0)).saturating_add(output_padding[0]),
        (input.width - 1).saturating_mul(sw).saturating_add(window.extent(1)).saturating_add(output_padding[1]),
    ];
    let cut = [top.saturating_add(bottom), left.saturating_add(right)];
    // A window that fits nowhere into the padded output is no convolution to be the transpose of.
    if whole[0] <= cut[0] || whole[1] <= cut[1] {
        let text = what.str(" gives ").pair(whole).str(" pixels of its ").dims(input).str(" input, of which padding ");
        return Err(text.padding(window).str(" leaves nothing"));
    }
    let output = Dims::new(filters, whole[0] - cut[0], whole[1] - cut[1]);
    // The convolution pads the output. Also, sizes that have become `usize::MAX` are found here.
    if let Err(text) = pads(what, "output", output, window) {
        return Err(text);
    }
    match gives("ConvTranspose2D", output) {
        Ok(output)
            if volume!(filters, window.kernel[0], window.kernel[1], input.height, input.width) <= MAX_NUMBERS =>
        {
            Ok(output)
        }
        Ok(_) => Err(what.str(" over ").dims(input).str(" makes more than ").number(MAX_NUMBERS).str(" numbers")),
        refused => refused,
    }
}

#[cfg(test)]
mod tests {
    use super::super::says;
    use super::*;

    #[test]
    fn sizes_that_cannot_be_are_refused() {
        let says = |window, output_padding| says(conv_transpose2d(Dims::new(3, 4, 5), 2, window, output_padding));
        let window = Window::new([3, 2], [2, 1], [1, 0]);
        assert_eq!(says(window, [1, 0]), "2×8×6");
        let error = "ConvTranspose2D kernel 3×2 has output_padding 0×1; it must be below its stride, 2×1";
        assert_eq!(says(window, [0, 1]), error);
        let error =
            "ConvTranspose2D kernel 3×2 gives 9×6 pixels of its 3×4×5 input, of which padding 5×0 leaves nothing";
        assert_eq!(says(Window::new([3, 2], [2, 1], [5, 0]), [0, 0]), error);
        assert_eq!(
            says(Window::new([0, 2], [2, 1], [0, 0]), [0, 0]),
            "ConvTranspose2D kernel 0×2 is empty; it must be at least 1"
        );
        let far = Window { dilation: [3_000_000_000; 2], ..Window::new([1, 1], [1, 1], [0, 0]) };
        let error = "ConvTranspose2D kernel 1×1 has dilation 3000000000×3000000000; it must be at most ";
        assert_eq!(says(far, [0, 0]), alloc::format!("{error}{MAX_NUMBERS}"));
    }

    #[test]
    fn the_output_with_its_padding_has_a_limit() {
        let text = |window| says(conv_transpose2d(Dims::new(1, 1, 1), 2, window, [0, 0]));
        let far = Window { dilation: [100_000; 2], ..Window::new([2, 2], [1, 1], [50_000, 50_000]) };
        let error = "ConvTranspose2D kernel 2×2 with dilation 100000×100000 has padding 50000×50000, with which its 2 output is \
            too large; a tensor has at most ";
        assert_eq!(text(far), alloc::format!("{error}{MAX_NUMBERS} numbers"));
        // The rows of the kernel do not fit into a number: less than all of them is not what is left.
        let half = usize::MAX / 2;
        assert!(text(Window::new([usize::MAX, 1], [1, 1], [half, 0])).contains("too large"));
    }
}
