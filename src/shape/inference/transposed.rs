//! The rule of the transposed convolution.

use super::super::{ConstString, Dims, MAX_NUMBERS, Window, volume};
use super::{Inferred, gives, takes};

/// `[C, H, W] → [filters, OH, OW]`: the input of a convolution of this window whose output is `[C, H, W]`; of several, the one with
/// `down` more rows and `right` more columns than the smallest.
pub const fn conv_transpose2d(input: Dims, filters: usize, window: Window, [down, right]: [usize; 2]) -> Inferred {
    if let Err(text) = takes("ConvTranspose2D", input) {
        return Err(text);
    }
    if filters == 0 {
        return Err(ConstString::new().str("ConvTranspose2D needs `filters` of at least 1"));
    }
    let what = ConstString::new().str("ConvTranspose2D kernel ").pair(window.kernel);
    let (height, width) = (window.extent(0), window.extent(1));
    let ([sh, sw], [ph, pw]) = (window.stride, window.before);
    if window.kernel[0] == 0 || window.kernel[1] == 0 {
        return Err(what.str(" is empty; it must be at least 1"));
    }
    if height == 0 || width == 0 {
        return Err(what.str(" has dilation ").pair(window.dilation).str("; it must be at least 1"));
    }
    if sh == 0 || sw == 0 || sh > MAX_NUMBERS || sw > MAX_NUMBERS {
        return Err(what.str(" has stride ").pair([sh, sw]).str("; it must be from 1 to ").number(MAX_NUMBERS));
    }
    if down >= sh || right >= sw {
        let text = what.str(" has output_padding ").pair([down, right]).str("; it must be below its stride, ");
        return Err(text.pair([sh, sw]));
    }
    let whole = [
        (input.height - 1).saturating_mul(sh).saturating_add(height).saturating_add(down),
        (input.width - 1).saturating_mul(sw).saturating_add(width).saturating_add(right),
    ];
    let cut = [ph.saturating_mul(2), pw.saturating_mul(2)];
    // A window that fits nowhere into the padded output is no convolution to be the transpose of.
    if whole[0] <= cut[0] || whole[1] <= cut[1] {
        let text = what.str(" gives ").pair(whole).str(" pixels of its ").dims(input).str(" input, of which padding ");
        return Err(text.pair(window.before).str(" leaves nothing"));
    }
    let output = Dims::new(filters, whole[0] - cut[0], whole[1] - cut[1]);
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
    use super::*;

    #[test]
    fn sizes_that_cannot_be_are_refused() {
        let says = |window, output_padding| match conv_transpose2d(Dims::new(3, 4, 5), 2, window, output_padding) {
            Ok(output) => alloc::format!("{output}"),
            Err(text) => text.as_str().into(),
        };
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
    }
}
