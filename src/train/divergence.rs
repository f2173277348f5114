//! Divergence: a loss or a parameter is not finite.

use alloc::string::{String, ToString};

use num_traits::Float;

use crate::data::Dataset;
use crate::layer::Module;
use crate::scalar::Scalar;

/// The first parameter of `network` with a number that is not finite, and that number.
pub(super) fn first_not_finite<N: Module>(network: &N) -> Option<(String, f64)> {
    let mut first = None;
    N::visit([network], [], &mut |parameter, [numbers], []| {
        if first.is_none()
            && let Some(number) = numbers.iter().find(|number| !number.is_finite())
        {
            first = Some((parameter.to_string(), number.into_f64()));
        }
    });
    first
}

/// Some samples of a dataset, by their indices.
pub(super) struct Chosen<'a, D> {
    pub(super) dataset: &'a D,
    pub(super) indices: &'a [u32],
}

impl<D: Dataset> Dataset for Chosen<'_, D> {
    type Input = D::Input;
    type Target = D::Target;

    fn len(&self) -> usize {
        self.indices.len()
    }

    fn load(&self, index: usize, input: &mut D::Input) -> D::Target {
        self.dataset.load(self.indices[index] as usize, input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::Dense;
    use crate::network::{Chain, Network};

    #[test]
    fn the_first_number_that_is_none_is_found() {
        let mut network = Chain::<Dense<2, 3>, Dense<3, 2>>::new(1);
        assert_eq!(first_not_finite(&*network), None);
        network.1.bias[1] = f32::NEG_INFINITY;
        assert_eq!(first_not_finite(&*network), Some(("1.bias".into(), f64::NEG_INFINITY)));
        network.0.weight[2][1] = f32::NAN;
        assert!(first_not_finite(&*network).is_some_and(|(name, number)| name == "0.weight" && number.is_nan()));
    }
}
