//! The rules of functions that keep the shape, whose hyper-parameters have a range.

use super::super::{ConstString, Dims, volume};
use super::Inferred;

/// `[C, H, W] → [C, H, W]` with a hyper-parameter that is a number, neither infinite nor NaN.
pub const fn finite(kind: &str, name: &str, value: f64, input: Dims) -> Inferred {
    if value.is_finite() {
        Ok(input)
    } else {
        Err(ConstString::new().str(kind).str("'s `").str(name).str("` must be a finite number"))
    }
}

/// `[C, H, W] → [C, H, W]` with one slope for all, or one for each channel.
pub const fn prelu(input: Dims, slopes: usize) -> Inferred {
    if slopes == 1 || slopes == input.channels {
        Ok(input)
    } else {
        let text = ConstString::new().str("PReLU has ").number(slopes).str(" slopes for its ").dims(input);
        Err(text.str(" input; it takes one, or one for each channel"))
    }
}

/// `[C, H, W] → [C, H, W]`, with no number below `min` or above `max`.
pub const fn clip(input: Dims, min: f64, max: f64) -> Inferred {
    if min < max && min >= f32::MIN as f64 && max <= f32::MAX as f64 {
        Ok(input)
    } else {
        let text = ConstString::new().str("Clip has min ").real(min).str(" and max ").real(max);
        Err(text.str("; both must be finite numbers, min below max"))
    }
}

/// `[C, H, W] → [C, H, W]` with the sharpness `beta`; the input itself where `beta` times it is above the threshold.
pub const fn softplus(input: Dims, beta: f64, threshold: f64) -> Inferred {
    // A beta below f32's normal numbers is zero there.
    if !(beta >= f32::MIN_POSITIVE as f64 && beta <= f32::MAX as f64) {
        return Err(ConstString::new()
            .str("Softplus has beta ")
            .real(beta)
            .str("; it must be a finite number above 0"));
    }
    finite("Softplus", "threshold", threshold, input)
}

/// `[C, H, W] → [C, H, W]`, with sums over one axis of `[N, C, H, W]`, twice the same here, or over two neighboring ones.
pub const fn softmax(kind: &str, input: Dims, [first, last]: [usize; 2]) -> Inferred {
    let text = ConstString::new().str(kind).str(" over `axis = ");
    let text = match first == last {
        true => text.number(first).str("`"),
        false => text.str("[").number(first).str(", ").number(last).str("]`"),
    };
    if first == 0 || first > 3 || last == 0 || last > 3 {
        return Err(text.str(": the axes of a sample are 1 (channels), 2 (rows) and 3 (columns)"));
    }
    if last != first && last != first + 1 {
        return Err(text.str(": two axes are `[1, 2]` or `[2, 3]`; for all three, put `Flatten` before it"));
    }
    let sizes = [1, input.channels, input.height, input.width];
    let summed = if first == last { sizes[first] } else { volume!(sizes[first], sizes[last]) };
    if first > 1 && summed == 1 {
        return Err(text.str(" of its ").dims(input).str(" input sums over one number each, which becomes 1"));
    }
    Ok(input)
}

#[cfg(test)]
mod tests {
    use super::super::says;
    use super::*;

    const IMAGE: Dims = Dims::new(2, 3, 5);

    #[test]
    fn numbers_are_in_range() {
        assert_eq!(says(finite("ELU", "alpha", -2.0, IMAGE)), "2×3×5");
        assert_eq!(says(finite("ELU", "alpha", f64::NAN, IMAGE)), "ELU's `alpha` must be a finite number");
        assert_eq!(says(clip(IMAGE, -1.0, 1.0)), "2×3×5");
        let text =
            |min, max| alloc::format!("Clip has min {min} and max {max}; both must be finite numbers, min below max");
        assert_eq!(says(clip(IMAGE, 1.0, 1.0)), text("1", "1"));
        assert_eq!(says(clip(IMAGE, f64::NAN, 1.0)), text("NaN", "1"));
        assert_eq!(says(softplus(IMAGE, 2.0, -3.0)), "2×3×5");
        assert_eq!(says(softplus(IMAGE, 0.0, 1.0)), "Softplus has beta 0; it must be a finite number above 0");
        let text = "Softplus's `threshold` must be a finite number";
        assert_eq!(says(softplus(IMAGE, 1.0, f64::INFINITY)), text);
    }

    #[test]
    fn slopes_are_one_or_one_for_each_channel() {
        assert_eq!((says(prelu(IMAGE, 1)), says(prelu(IMAGE, 2))), ("2×3×5".into(), "2×3×5".into()));
        let text = "PReLU has 3 slopes for its 2×3×5 input; it takes one, or one for each channel";
        assert_eq!(says(prelu(IMAGE, 3)), text);
    }

    #[test]
    fn axes_are_those_of_a_sample() {
        let says = |axes, input| says(softmax("Softmax", input, axes));
        let which = ": the axes of a sample are 1 (channels), 2 (rows) and 3 (columns)";
        assert_eq!(says([0, 0], IMAGE), alloc::format!("Softmax over `axis = 0`{which}"));
        assert_eq!(says([2, 4], IMAGE), alloc::format!("Softmax over `axis = [2, 4]`{which}"));
        let apart =
            "Softmax over `axis = [1, 3]`: two axes are `[1, 2]` or `[2, 3]`; for all three, put `Flatten` before it";
        assert_eq!(says([1, 3], IMAGE), apart);
        let alone = "Softmax over `axis = 2` of its 10 input sums over one number each, which becomes 1";
        assert_eq!(says([2, 2], Dims::new(10, 1, 1)), alone);
        assert_eq!((says([1, 1], Dims::new(1, 1, 1)), says([2, 3], IMAGE)), ("1".into(), "2×3×5".into()));
    }
}
