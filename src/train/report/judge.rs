//! A sample's output beside its target, for a report.

use alloc::vec;
use alloc::vec::Vec;

use crate::layer::{Axes, Module, Operation};
use crate::loss::Loss;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tensor::Tensor;

/// A target that a [`Report`](super::Report) can compare with an output. Not for users to implement.
#[diagnostic::on_unimplemented(
    message = "a report cannot compare `{Self}` with `{Output}`",
    note = "targets are `usize` for one class of many, `bool` for a single output, or a tensor like the output"
)]
pub trait Judge<Output>: Copy {
    /// How many classes there are, if the outputs are classes.
    #[doc(hidden)]
    fn classes(outputs: usize) -> Option<usize>;

    #[doc(hidden)]
    fn judge(&self, output: &Output, ending: Ending) -> Judged;
}

/// The prediction for a sample.
#[doc(hidden)]
#[derive(Clone, Debug, PartialEq)]
pub enum Judged {
    /// A class, and the probability of each.
    Class { label: usize, probabilities: Vec<f32> },
    /// Numbers, and what they should be.
    Numbers { predicted: Vec<f64>, targets: Vec<f64> },
}

/// What makes probabilities of the outputs, or the numbers that are predicted.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nothing.
    Done,
    /// `exp z`: the outputs are logarithms of probabilities.
    Exp,
    /// `1 / (1 + exp(−z))`
    Sigmoid,
    /// `exp zᵢ / Σⱼ exp zⱼ`
    Softmax,
}

impl Ending {
    /// That of the network and its loss. Outputs that are scores, as of a hinge, are taken for logits.
    pub(super) const fn of<N: Module, L: Loss>() -> Ending {
        match (N::LAST, L::APPLIES.as_bytes()) {
            (Operation::SoftmaxOver(Axes::CHANNELS), b"") => Ending::Done,
            (Operation::LogSoftmaxOver(Axes::CHANNELS), b"") => Ending::Exp,
            (Operation::SigmoidFunction, b"") => Ending::Done,
            (_, b"sigmoid") => Ending::Sigmoid,
            _ => Ending::Softmax,
        }
    }

    fn apply<T: Scalar>(self, outputs: &[T]) -> Vec<f32> {
        let numbers = outputs.iter().map(|output| output.into_f64());
        let max = numbers.clone().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = numbers.clone().map(|z| (z - max).exp()).sum();
        let probability = |z: f64| match self {
            Ending::Done => z,
            Ending::Exp => z.exp(),
            Ending::Sigmoid => 1.0 / (1.0 + (-z).exp()),
            Ending::Softmax => (z - max).exp() / sum,
        };
        numbers.map(|z| probability(z) as f32).collect()
    }
}

impl<S: Shape> Judge<S> for usize {
    fn classes(outputs: usize) -> Option<usize> {
        Some(outputs)
    }

    fn judge(&self, output: &S, ending: Ending) -> Judged {
        Judged::Class { label: *self, probabilities: ending.apply(output.as_slice()) }
    }
}

/// Class 1 is `true`.
impl<S: Shape> Judge<S> for bool {
    fn classes(_: usize) -> Option<usize> {
        Some(2)
    }

    fn judge(&self, output: &S, ending: Ending) -> Judged {
        // A score without a probability is taken for a logit: its sign decides.
        let ending = if ending == Ending::Softmax { Ending::Sigmoid } else { ending };
        let yes = ending.apply(&output.as_slice()[..1])[0];
        Judged::Class { label: usize::from(*self), probabilities: vec![1.0 - yes, yes] }
    }
}

/// The most numbers of a sample that are compared. Of more, as in a picture, some are chosen.
const MOST: usize = 64;

impl<const C: usize, const H: usize, const W: usize, T: Scalar> Judge<Tensor<C, H, W, T>> for Tensor<C, H, W, T>
where
    Tensor<C, H, W, T>: Shape<Scalar = T>,
{
    fn classes(_: usize) -> Option<usize> {
        None
    }

    fn judge(&self, output: &Self, ending: Ending) -> Judged {
        let step = output.as_slice().len().div_ceil(MOST).max(1);
        let some = |tensor: &Self| tensor.as_slice().iter().step_by(step).copied().collect::<Vec<T>>();
        let (outputs, targets) = (some(output), some(self));
        let predicted = match ending {
            Ending::Sigmoid => ending.apply(&outputs).into_iter().map(f64::from).collect(),
            _ => outputs.iter().map(|y| y.into_f64()).collect(),
        };
        Judged::Numbers { predicted, targets: targets.iter().map(|t| t.into_f64()).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::Vector;

    #[test]
    fn outputs_become_probabilities() {
        let judged = 1_usize.judge(&Vector::from([0.0, 3.0_f32.ln()]), Ending::Softmax);
        assert_eq!(judged, Judged::Class { label: 1, probabilities: vec![0.25, 0.75] });
        let judged = false.judge(&Vector::from([3.0_f32.ln()]), Ending::Sigmoid);
        let Judged::Class { label: 0, probabilities } = judged else { panic!("{judged:?}") };
        assert!((probabilities[1] - 0.75).abs() < 1e-6, "{probabilities:?}");
        assert_eq!(Ending::Exp.apply(&[0.5_f64.ln()]), [0.5]);
    }

    #[test]
    fn numbers_are_compared_as_they_are() {
        let judged = Vector::from([1.0, 2.0]).judge(&Vector::from([1.5, 0.0]), Ending::Softmax);
        assert_eq!(judged, Judged::Numbers { predicted: vec![1.5, 0.0], targets: vec![1.0, 2.0] });
    }
}
