//! The check that a network does not end with the function that its loss applies to the output.

use crate::layer::{Axes, Module, Operation};
use crate::loss::Loss;

/// Stops the compiler if it does.
#[track_caller]
pub(super) const fn check<N: Module, L: Loss>() {
    if let Some(text) = twice(N::LAST, L::APPLIES) {
        panic!("{}", text)
    }
}

const fn twice(last: Operation, applies: &str) -> Option<&'static str> {
    match (last, applies.as_bytes()) {
        (Operation::SoftmaxOver(Axes::CHANNELS), b"softmax") => Some(
            "the loss takes logits and applies a softmax itself, so the `Softmax` at the end of the network is redundant: remove it, \
            or use `Trainer::with_any_ending` if it is intended",
        ),
        (Operation::LogSoftmaxOver(Axes::CHANNELS), b"softmax") => Some(
            "the loss takes logits and applies a softmax itself, so the `LogSoftmax` at the end of the network is redundant: remove it, \
            or use `Trainer::with_any_ending` if it is intended",
        ),
        (Operation::SigmoidFunction, b"sigmoid") => Some(
            "the loss takes logits and applies a sigmoid itself, so the `Sigmoid` at the end of the network is redundant: remove it, or \
            use `Trainer::with_any_ending` if it is intended",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::{Dense, Flatten, LogSoftmax, Named, Sigmoid, Softmax, name};
    use crate::loss::{BinaryCrossEntropy, CrossEntropy};
    use crate::network::Chain;
    use crate::tensor::Vector;

    fn says<N: Module<Output = Vector<5>>, L: Loss>() -> &'static str {
        twice(N::LAST, L::APPLIES).unwrap_or_default()
    }

    #[test]
    fn a_softmax_at_the_end_is_found_wherever_it_is() {
        type Probabilities = Chain<Dense<4, 5>, Named<{ name("p") }, Softmax<5, 1, 1>>>;
        type Logits = Chain<Softmax<4, 1, 1>, Dense<4, 5>>;
        let found = says::<Chain<Flatten<2, 1, 2, 4>, Probabilities>, CrossEntropy<5>>();
        assert!(found.contains("`Softmax` at the end of the network is redundant"), "{found}");
        assert_eq!(says::<Softmax<5, 1, 1>, CrossEntropy<5>>(), found);
        assert_eq!(says::<Probabilities, BinaryCrossEntropy<5>>(), "");
        assert_eq!(says::<Logits, CrossEntropy<5>>(), "");
        let found = says::<Chain<Flatten<2, 1, 2, 4>, Chain<Dense<4, 5>, LogSoftmax<5, 1, 1>>>, CrossEntropy<5>>();
        assert!(found.contains("`LogSoftmax` at the end of the network is redundant"), "{found}");
    }

    #[test]
    fn a_sigmoid_at_the_end_is_one_too_many_before_a_sigmoid() {
        let found = says::<Chain<Dense<4, 5>, Sigmoid<5, 1, 1>>, BinaryCrossEntropy<5>>();
        assert!(found.contains("`Sigmoid` at the end of the network is redundant"), "{found}");
        assert_eq!(says::<Chain<Dense<4, 5>, Sigmoid<5, 1, 1>>, CrossEntropy<5>>(), "");
        assert_eq!(says::<Chain<Dense<4, 5>, LogSoftmax<5, 1, 1>>, BinaryCrossEntropy<5>>(), "");
    }
}
