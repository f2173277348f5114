//! The gradient checker: compares the gradients of `backward` with finite differences of `forward`.
//!
//! ```text
//! ∂L/∂p ≈ (L(p + h) − L(p − h)) / 2h        error O(h²)
//! ```
//!
//! It runs in `f64`, where `h = 10⁻⁵` leaves about ten digits, and compares the derivative of every parameter and every input. `L`
//! is a sum of the outputs with random factors, so that errors do not cancel. The checker is public for authors of layers.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::layer::{Module, RngKey, Tape};
use crate::network::Network;
use crate::shape::Shape;
use crate::tensor::{flat, flat_mut, zeros};

const STEP: f64 = 1e-5;
const TOLERANCE: f64 = 1e-6;
const ALREADY_THERE: f64 = 0.5;

/// A gradient that differs from the central difference.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// The parameter or input: `0.weight[17]`, `input[3]`.
    pub place: String,
    /// The derivative from `backward`.
    pub found: f64,
    /// The derivative from central differences.
    pub expected: f64,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mismatch { place, found, expected } = self;
        write!(f, "∂L/∂{place}: backward gives {found}, central differences give {expected}")
    }
}

impl core::error::Error for Mismatch {}

/// Compares the gradients of `layer` (or a whole network) at `input` with central differences, and returns the number of
/// derivatives compared.
///
/// The tolerance is 10⁻⁶, relative to the expected derivative or to 1, whichever is larger. Keep inputs away from points without
/// a derivative (a ReLU's zero, ties in a pooling window); [`random_batch`] does so with near certainty. The batch should have
/// several samples, and the parameters of `layer` should not all be zero. Inference and [barriers](crate::layer::barrier) of
/// several shards are not checked.
///
/// # Errors
/// The first [`Mismatch`].
///
/// # Panics
/// If [`list_parameters`](Module::list_parameters) does not list all numbers of `layer`: what it leaves out is never trained.
///
/// ```
/// use shapeproof::gradient::{check_gradients, random_batch};
/// use shapeproof::layer::Dense;
/// use shapeproof::network::Network;
///
/// let mut layer = Dense::<4, 3, f64>::new(1);
/// assert_eq!(check_gradients(&mut *layer, &mut random_batch(2, 7)), Ok(4 * 3 + 3 + 2 * 4));
/// ```
pub fn check_gradients<L: Module<Scalar = f64>>(layer: &mut L, input: &mut [L::Input]) -> Result<usize, Mismatch> {
    let (mut visited, numbers) = (0, size_of::<L>() / size_of::<f64>());
    L::visit([&*layer], [], &mut |_, [numbers], []| visited += numbers.len());
    assert!(visited == numbers, "`list_parameters` lists {visited} of the {numbers} numbers of {}", L::KIND);

    let factors = random_batch::<L::Output>(input.len(), 0x5EED);
    let mut tape = L::tape(input.len());
    let mut output = zeros::<L::Output>(input.len());
    let mut loss = |layer: &L, input: &[L::Input]| {
        // The same random key every time, so that Dropout is a deterministic function.
        tape.set_rng_key(RngKey::new(1, 1, 0));
        layer.forward_pass(input, &mut output, &mut tape);
        flat(&output).iter().zip(flat(&factors)).map(|(y, factor)| y * factor).sum::<f64>()
    };

    loss(layer, input);
    // Gradients of parameters are accumulated. A nonzero start detects a layer that overwrites them.
    let mut gradient = L::zeros();
    L::visit([], [&mut *gradient], &mut |_, [], [numbers]| numbers.fill(ALREADY_THERE));
    let mut grad_input = zeros::<L::Input>(input.len());
    flat_mut(&mut grad_input).fill(f64::NAN); // must be overwritten
    let mut fresh_tape = L::tape(input.len());
    let mut fresh_output = zeros::<L::Output>(input.len());
    fresh_tape.set_rng_key(RngKey::new(1, 1, 0));
    layer.forward_pass(input, &mut fresh_output, &mut fresh_tape);
    layer.backward_pass(input, &mut fresh_tape, &factors, Some(&mut grad_input), &mut gradient);

    // Statistics have no gradient; all other derivatives are listed with their names.
    let mut found: Vec<(String, f64)> = Vec::new();
    L::visit([&*gradient], [], &mut |parameter, [numbers], []| {
        if parameter.role.is_trained() {
            found.extend(
                numbers.iter().enumerate().map(|(i, &g)| (alloc::format!("{parameter}[{i}]"), g - ALREADY_THERE)),
            );
        }
    });
    let parameters = found.len();
    found.extend(flat(&grad_input).iter().enumerate().map(|(i, &g)| (alloc::format!("input[{i}]"), g)));

    let compared = found.len();
    for (index, (place, found)) in found.into_iter().enumerate() {
        let shift = |layer: &mut L, input: &mut [L::Input], by: f64| match index.checked_sub(parameters) {
            None => shift_parameter(layer, index, by),
            Some(index) => flat_mut(input)[index] += by,
        };
        shift(layer, input, STEP);
        let above = loss(layer, input);
        shift(layer, input, -2.0 * STEP);
        let below = loss(layer, input);
        shift(layer, input, STEP);
        let expected = (above - below) / (2.0 * STEP);
        // Written so that a NaN is a mismatch.
        let agrees = (found - expected).abs() <= TOLERANCE * expected.abs().max(1.0);
        if !agrees {
            return Err(Mismatch { place, found, expected });
        }
    }
    Ok(compared)
}

/// Adds `by` to the trained parameter with flat index `index`.
fn shift_parameter<L: Module<Scalar = f64>>(layer: &mut L, index: usize, by: f64) {
    let mut before = 0;
    L::visit([], [layer], &mut |parameter, [], [numbers]| {
        if parameter.role.is_trained() {
            if let Some(number) = index.checked_sub(before).and_then(|i| numbers.get_mut(i)) {
                *number += by;
            }
            before += numbers.len();
        }
    });
}

/// Returns `samples` tensors of standard normal numbers. The same seed gives the same batch.
pub fn random_batch<S: Shape<Scalar = f64>>(samples: usize, seed: u64) -> alloc::boxed::Box<[S]> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut batch = zeros::<S>(samples);
    for number in flat_mut(&mut batch) {
        *number = rng.sample(StandardNormal);
    }
    batch
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::{Conv2D, Dense, Layer};

    #[test]
    fn right_gradients_pass() {
        assert_eq!(check_gradients(&mut *Dense::<4, 3, f64>::new(1), &mut random_batch(2, 7)), Ok(15 + 8));
        type Conv = Conv2D<2, 5, 7, 3, 3, 4, 3, 2, 2, 2, 1, 1, f64>;
        assert_eq!(check_gradients(&mut *Conv::new(1), &mut random_batch(2, 7)), Ok(3 * 2 * 6 + 3 + 2 * 70));
    }

    /// A dense layer whose backward pass has a wrong sign in one weight's gradient.
    mod wrong {
        use super::*;
        use crate::layer::{LayerPath, ParameterList, in_part};
        use crate::tensor::Vector;

        #[derive(bytemuck::Zeroable)]
        pub struct Wrong(pub Dense<2, 2, f64>);

        impl Layer for Wrong {
            type Scalar = f64;
            type Input = Vector<2, f64>;
            type Output = Vector<2, f64>;
            type Tape = ();
            type Workspace<const N: usize> = ();
            const KIND: &'static str = "Wrong";

            fn tape(_: usize) {}

            fn infer<const N: usize>(&self, input: &[Self::Input], output: &mut [Self::Output], _: &mut ()) {
                self.0.infer::<N>(input, output, &mut ());
            }

            fn forward(&self, input: &[Self::Input], output: &mut [Self::Output], tape: &mut ()) {
                self.0.forward(input, output, tape);
            }

            fn backward(
                &self,
                input: &[Self::Input],
                tape: &mut (),
                grad_output: &[Self::Output],
                grad_input: Option<&mut [Self::Input]>,
                grad: &mut Self,
            ) {
                self.0.backward(input, tape, grad_output, grad_input, &mut grad.0);
                grad.0.weight[1][0] *= -1.0;
            }

            fn list_parameters(layer: LayerPath<'_>, list: &mut ParameterList<'_, Self, f64>) {
                Layer::list_parameters(layer, &mut in_part(list, |wrong| &wrong.0, |wrong| &mut wrong.0));
            }
        }
    }

    #[test]
    fn a_wrong_sign_is_found_and_named() {
        let mismatch = check_gradients(&mut *wrong::Wrong::new(1), &mut random_batch(3, 7)).unwrap_err();
        assert_eq!(mismatch.place, "0.weight[2]");
        // The wrong sign also applies to the previous contents of the gradient.
        let negated = -(mismatch.expected + ALREADY_THERE) - ALREADY_THERE;
        assert!((mismatch.found - negated).abs() < 1e-6, "{mismatch}");
    }

    /// A dense layer without `list_parameters`: its weights would stay 0.
    mod hidden {
        use super::*;
        use crate::tensor::Vector;

        #[derive(bytemuck::Zeroable)]
        pub struct Hidden(Dense<2, 2, f64>);

        impl Layer for Hidden {
            type Scalar = f64;
            type Input = Vector<2, f64>;
            type Output = Vector<2, f64>;
            type Tape = ();
            type Workspace<const N: usize> = ();
            const KIND: &'static str = "Hidden";

            fn tape(_: usize) {}

            fn infer<const N: usize>(&self, input: &[Self::Input], output: &mut [Self::Output], _: &mut ()) {
                self.0.infer::<N>(input, output, &mut ());
            }

            fn forward(&self, input: &[Self::Input], output: &mut [Self::Output], tape: &mut ()) {
                self.0.forward(input, output, tape);
            }

            fn backward(
                &self,
                input: &[Self::Input],
                tape: &mut (),
                grad_output: &[Self::Output],
                grad_input: Option<&mut [Self::Input]>,
                grad: &mut Self,
            ) {
                self.0.backward(input, tape, grad_output, grad_input, &mut grad.0);
            }
        }
    }

    #[test]
    #[should_panic(expected = "`list_parameters` lists 0 of the 6 numbers of Hidden")]
    fn a_layer_that_hides_its_parameters_is_refused() {
        let _ = check_gradients(&mut *hidden::Hidden::zeros(), &mut random_batch(2, 7));
    }
}
