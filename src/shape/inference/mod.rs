//! Shape inference: computes the output shape of a layer, or why there is none.
//!
//! There is one rule for each kind of layer whose shape can be wrong. `network!` computes the output shape by the rule. The layer's
//! own type is checked by the same rule, also if it was written by hand. The user reads the text of an error after `layer 3: `, so
//! it names the kind, the numbers, and what is wrong with them.

mod blocks;
mod functions;
mod normalization;
mod transposed;
mod windows;

use super::{ConstString, Dims, MAX_NUMBERS, volume};

pub use blocks::{concat, gate, meets, residual};
pub use functions::{clip, finite, prelu, softmax, softplus};
pub use normalization::{batch_norm, group_norm, layer_norm};
pub use transposed::conv_transpose2d;
pub use windows::{conv2d, pool2d};

/// The output shape of a layer, or why there is none.
pub type Inferred = Result<Dims, ConstString>;

/// The number of parameters of `outputs` weighted sums of `inputs` numbers, each with a bias if `bias`.
pub const fn parameters(outputs: usize, inputs: usize, bias: bool) -> usize {
    volume!(outputs, inputs).saturating_add(biases(outputs, bias))
}

/// The number of biases of `outputs` outputs.
pub const fn biases(outputs: usize, bias: bool) -> usize {
    if bias { outputs } else { 0 }
}

/// Checks that a hand-written layer type has one bias for each output channel, or none.
pub const fn has_biases(kind: &str, output: Dims, biases: usize) -> Inferred {
    if biases == 0 || biases == output.channels {
        return Ok(output);
    }
    let text = ConstString::new().str(kind).str(" has ").number(biases).str(" biases for its ");
    Err(text.number(output.channels).str(" outputs; it takes one for each, or none"))
}

/// Checks the number of parameters of a network, or of a part of one, against the limit. The error is reported at its last layer.
pub const fn total(parameters: usize) -> Result<usize, ConstString> {
    if parameters <= MAX_NUMBERS {
        return Ok(parameters);
    }
    let text = ConstString::new().str("with it, the network has ").number(parameters).str(" parameters; at most ");
    Err(text.number(MAX_NUMBERS).str(" are allowed"))
}

/// The ruling of a layer over images, if the input is a series of numbers, `[C, 1, L]`.
pub const fn series(kind: &str, input: Dims, ruling: Inferred) -> Inferred {
    if input.height == 1 {
        return ruling;
    }
    let text = ConstString::new().str(kind).str(" takes a series of numbers, of one row, not its ");
    Err(text.dims(input).str(" input"))
}

/// `[C, H, W] → [C·H·W]`.
pub const fn flatten(input: Dims) -> Inferred {
    match takes("Flatten", input) {
        Ok(input) => Ok(Dims::new(input.len(), 1, 1)),
        Err(text) => Err(text),
    }
}

/// `[C·H·W] → [C, H, W]`.
pub const fn unflatten(input: Dims, output: Dims) -> Inferred {
    let text = ConstString::new().str("Unflatten ");
    if !input.is_flat() {
        let text = text.str("takes a vector, not its ").dims(input);
        Err(text.str(" input; put `Flatten` before it"))
    } else if input.len() != output.len() {
        let text = text.str("to ").number(output.channels).str("×").number(output.height).str("×").number(output.width);
        Err(text.str(" takes ").number(output.len()).str(" numbers, not its input's ").number(input.len()))
    } else {
        gives("Unflatten", output)
    }
}

/// `[I] → [units]`; an image has to be flattened before it.
pub const fn dense(input: Dims, units: usize) -> Inferred {
    if let Err(text) = takes("Dense", input) {
        return Err(text);
    }
    if units == 0 {
        Err(ConstString::new().str("Dense needs `units` of at least 1"))
    } else if !input.is_flat() {
        let text = ConstString::new().str("Dense takes a vector, not its ").dims(input);
        Err(text.str(" input; put `Flatten` before it"))
    } else if parameters(units, input.len(), true) > MAX_NUMBERS {
        let text = ConstString::new().str("Dense over ").dims(input).str(" inputs, ").number(units).str(" units: ");
        Err(text.str("too many weights; a network has at most ").number(MAX_NUMBERS).str(" parameters"))
    } else {
        gives("Dense", Dims::new(units, 1, 1))
    }
}

/// `[C, H, W] → [C/pieces, H, W]`.
pub const fn maxout(input: Dims, pieces: usize) -> Inferred {
    if pieces == 0 {
        Err(ConstString::new().str("Maxout needs `pieces` of at least 1"))
    } else if !input.channels.is_multiple_of(pieces) {
        let text = ConstString::new().str("Maxout cannot split the ").number(input.channels).str(" channels of its ");
        Err(text.dims(input).str(" input into groups of ").number(pieces))
    } else {
        Ok(Dims::new(input.channels / pieces, input.height, input.width))
    }
}

/// `[C, H, W] → [C, SH·H, SW·W]`.
pub const fn upsample(input: Dims, [sh, sw]: [usize; 2]) -> Inferred {
    if sh == 0 || sw == 0 {
        return Err(ConstString::new().str("Upsample has scale ").pair([sh, sw]).str("; it must be at least 1"));
    }
    gives("Upsample", Dims::new(input.channels, input.height.saturating_mul(sh), input.width.saturating_mul(sw)))
}

/// `[C, H, W] → [C, H, W]`, dropping `percent` of the numbers.
pub const fn dropout(input: Dims, percent: usize) -> Inferred {
    if percent >= 100 {
        Err(ConstString::new().str("Dropout drops ").number(percent).str(" percent; it must be below 100"))
    } else {
        Ok(input)
    }
}

/// Checks the output shape `given` in a hand-written layer type against the rule.
pub const fn agree(kind: &str, ruling: Inferred, given: Dims) -> Inferred {
    match ruling {
        Ok(output) if !output.equals(given) => {
            let text = ConstString::new().str(kind).str(" gives ").dims(output);
            Err(text.str(", but its type says ").dims(given))
        }
        other => other,
    }
}

/// Checks that a layer can compute with this input.
pub const fn takes(kind: &str, input: Dims) -> Inferred {
    if input.is_empty() {
        Err(ConstString::new().str(kind).str(" has nothing to work on: its input is ").dims(input))
    } else if !input.is_allowed() {
        Err(too_large(ConstString::new().str(kind).str("'s input ").dims(input).str(" is")))
    } else {
        Ok(input)
    }
}

/// Checks that the next layer can compute with this output.
pub const fn gives(kind: &str, output: Dims) -> Inferred {
    if output.is_empty() {
        Err(ConstString::new().str(kind).str(" gives nothing: its output is ").dims(output))
    } else if !output.is_allowed() {
        Err(too_large(ConstString::new().str(kind).str("'s output ").dims(output).str(" is")))
    } else {
        Ok(output)
    }
}

/// Appends the end of an error about too many numbers.
const fn too_large(text: ConstString) -> ConstString {
    text.str(" too large; a tensor has at most ").number(MAX_NUMBERS).str(" numbers")
}

/// What a rule says, as a text.
#[cfg(test)]
fn says(ruling: Inferred) -> alloc::string::String {
    match ruling {
        Ok(dims) => alloc::format!("{dims}"),
        Err(text) => text.as_str().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_and_images_are_told_apart() {
        assert_eq!(says(flatten(Dims::new(2, 3, 5))), "30");
        assert_eq!(says(dense(Dims::new(30, 1, 1), 4)), "4");
        assert_eq!(
            says(dense(Dims::new(2, 3, 5), 4)),
            "Dense takes a vector, not its 2×3×5 input; put `Flatten` before it"
        );
        assert_eq!(
            says(agree("Flatten", Ok(Dims::new(30, 1, 1)), Dims::new(3, 1, 1))),
            "Flatten gives 30, but its type says 3"
        );
        let output = Dims::new(3, 4, 5);
        assert_eq!(says(unflatten(Dims::new(60, 1, 1), output)), "3×4×5");
        assert_eq!(
            says(unflatten(Dims::new(61, 1, 1), output)),
            "Unflatten to 3×4×5 takes 60 numbers, not its input's 61"
        );
        let image = "Unflatten takes a vector, not its 5×4×3 input; put `Flatten` before it";
        assert_eq!(says(unflatten(Dims::new(5, 4, 3), output)), image);
    }

    #[test]
    fn channels_are_split_evenly_and_a_scale_is_at_least_one() {
        assert_eq!(says(maxout(Dims::new(6, 3, 4), 2)), "3×3×4");
        let text = "Maxout cannot split the 7 channels of its 7×3×4 input into groups of 2";
        assert_eq!(says(maxout(Dims::new(7, 3, 4), 2)), text);
        assert_eq!(says(upsample(Dims::new(2, 3, 4), [2, 1])), "2×6×4");
        let text = "Upsample has scale 2×0; it must be at least 1";
        assert_eq!(says(upsample(Dims::new(2, 3, 4), [2, 0])), text);
    }
}
