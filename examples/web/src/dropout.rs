//! A dropout whose percentage is chosen while the program runs: one of the crate's dropouts does the work.

use std::cell::Cell;
use std::marker::PhantomData;

use bytemuck::Zeroable;
use shapeproof::hyper_parameters;
use shapeproof::layer::{Dropout, Layer, Operation};
use shapeproof::tensor::Tensor;

thread_local! {
    static PERCENT: Cell<u32> = const { Cell::new(0) };
}

/// The percentages to choose from.
pub const PERCENTAGES: [u32; 4] = [0, 10, 25, 50];

/// Chooses the percentage of all networks on this thread, and returns whether there is such a dropout.
pub fn choose(percent: u32) -> bool {
    PERCENT.set(percent);
    PERCENTAGES.contains(&percent)
}

/// A [`Dropout`] with the [chosen](choose) percentage.
#[derive(Zeroable)]
pub struct ChosenDropout<const C: usize = 0, const H: usize = 0, const W: usize = 0>(PhantomData<()>);

hyper_parameters! { ChosenDropout => ChosenDropout<C, H, W> }

impl<const C: usize, const H: usize, const W: usize> Layer for ChosenDropout<C, H, W> {
    type Scalar = f32;
    type Input = Tensor<C, H, W>;
    type Output = Tensor<C, H, W>;
    type Tape = <Dropout<C, H, W> as Layer>::Tape;
    type Workspace<const N: usize> = ();

    const KIND: &'static str = "Dropout";
    const OPERATION: Operation = Operation::Unchanged;

    fn tape(samples: usize) -> Self::Tape {
        Dropout::<C, H, W>::tape(samples)
    }

    fn infer<const N: usize>(&self, input: &[Self::Input], output: &mut [Self::Output], _workspace: &mut ()) {
        output.copy_from_slice(input);
    }

    fn forward(&self, input: &[Self::Input], output: &mut [Self::Output], tape: &mut Self::Tape) {
        match PERCENT.get() {
            10 => Dropout::<C, H, W, 10>::zeroed().forward(input, output, tape),
            25 => Dropout::<C, H, W, 25>::zeroed().forward(input, output, tape),
            50 => Dropout::<C, H, W, 50>::zeroed().forward(input, output, tape),
            _ => output.copy_from_slice(input),
        }
    }

    fn backward(
        &self,
        input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        grad_input: Option<&mut [Self::Input]>,
        _grad: &mut Self,
    ) {
        macro_rules! by {
            ($percent:literal) => {{
                let (dropout, mut nothing) = (Dropout::<C, H, W, $percent>::zeroed(), Zeroable::zeroed());
                dropout.backward(input, tape, grad_output, grad_input, &mut nothing);
            }};
        }
        match PERCENT.get() {
            10 => by!(10),
            25 => by!(25),
            50 => by!(50),
            _ => grad_input.into_iter().for_each(|grad_input| grad_input.copy_from_slice(grad_output)),
        }
    }
}
