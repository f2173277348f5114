//! The rules of blocks, whose branches have to fit together.

use super::super::{ConstString, Dims};
use super::{Inferred, gives};

/// `[C, H, W] → [C', H', W']`, the sum of two branches with the same output shape; a shortcut of `None` is the input itself.
pub const fn residual(input: Dims, body: Dims, shortcut: Option<Dims>) -> Inferred {
    let text = ConstString::new().str("Residual's body gives ").dims(body);
    match shortcut {
        None if !body.equals(input) => {
            let text = text.str(", which cannot be added to its ").dims(input);
            Err(text.str(" input; give it a `shortcut` to ").dims(body))
        }
        Some(shortcut) if !body.equals(shortcut) => {
            Err(text.str(", which cannot be added to the ").dims(shortcut).str(" of its shortcut"))
        }
        _ => Ok(body),
    }
}

/// `[C, H, W] → [C, H, W]`, with factors for channels or for numbers.
pub const fn gate(input: Dims, factors: Dims) -> Inferred {
    if factors.equals(input) || factors.equals(Dims::new(input.channels, 1, 1)) {
        return Ok(input);
    }
    let text =
        ConstString::new().str("Gate's layers give ").dims(factors).str(", which cannot multiply its ").dims(input);
    let text = text.str(" input: they have to give ").number(input.channels);
    Err(if input.is_flat() { text } else { text.str(", one for each channel, or ").dims(input) })
}

/// Checks that the outputs of two branches can be joined.
pub const fn meets(first: Dims, other: Dims) -> Inferred {
    if first.height == other.height && first.width == other.width {
        return Ok(first);
    }
    let text = ConstString::new().str("Concat's branches give ").dims(first).str(" and ").dims(other);
    Err(text.str(", which differ in height or width and cannot be joined along the channels"))
}

/// The output of branches with this many channels together, the first of which gives `first`.
pub const fn concat(first: Dims, channels: usize) -> Inferred {
    gives("Concat", Dims::new(channels, first.height, first.width))
}

#[cfg(test)]
mod tests {
    use super::super::says;
    use super::*;

    #[test]
    fn the_branches_of_a_residual_meet() {
        let (input, body) = (Dims::new(2, 5, 7), Dims::new(4, 3, 4));
        assert_eq!(says(residual(input, input, None)), "2×5×7");
        assert_eq!(says(residual(input, body, Some(body))), "4×3×4");
        assert_eq!(
            says(residual(input, body, None)),
            "Residual's body gives 4×3×4, which cannot be added to its 2×5×7 input; give it a `shortcut` to 4×3×4"
        );
        assert_eq!(
            says(residual(input, body, Some(input))),
            "Residual's body gives 4×3×4, which cannot be added to the 2×5×7 of its shortcut"
        );
    }

    #[test]
    fn factors_are_for_channels_or_for_numbers() {
        let input = Dims::new(2, 3, 4);
        assert_eq!((says(gate(input, input)), says(gate(input, Dims::new(2, 1, 1)))), ("2×3×4".into(), "2×3×4".into()));
        let expected = "Gate's layers give 2×3×1, which cannot multiply its 2×3×4 input: they have to give 2, one for each \
            channel, or 2×3×4";
        assert_eq!(says(gate(input, Dims::new(2, 3, 1))), expected);
    }

    #[test]
    fn joined_branches_have_the_same_height_and_width() {
        let (first, other) = (Dims::new(2, 3, 4), Dims::new(5, 3, 4));
        assert_eq!((says(meets(first, other)), says(concat(first, 7))), ("2×3×4".into(), "7×3×4".into()));
        let expected = "Concat's branches give 2×3×4 and 5×3×3, which differ in height or width and cannot be joined along the \
            channels";
        assert_eq!(says(meets(first, Dims::new(5, 3, 3))), expected);
    }
}
