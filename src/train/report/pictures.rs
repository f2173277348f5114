//! What a network sees, and what it makes of it: inputs, filters and activations.

use alloc::vec::Vec;

use super::image::{Strip, filter, stretched, viridis};
use crate::data::Dataset;
use crate::layer::Module;
use crate::network::Network;
use crate::scalar::Scalar;
use crate::shape::{Dims, Shape};
use crate::tensor::boxed;

/// The most filters, or channels of a layer, that are drawn.
const MOST: usize = 64;

/// The most filters in a row.
const COLUMNS: usize = 16;

/// The inputs of some samples.
pub(super) struct Pictures {
    pub dims: Dims,
    /// One for each of the worst mistakes.
    pub worst: Vec<Vec<f32>>,
    /// The first sample.
    pub first: Vec<f32>,
    /// What each layer makes of the first sample: one strip for each of its positions.
    pub activations: Vec<Strip>,
}

impl Pictures {
    /// Loads the samples `worst`, and computes the layers of the first.
    pub fn new<N: Module, D: Dataset<Input = N::Input>>(network: &N, dataset: &D, worst: Vec<usize>) -> Pictures {
        let mut input = boxed();
        let mut load = |index| {
            dataset.load(index, &mut *input);
            numbers(input.as_slice())
        };
        let worst = worst.into_iter().map(&mut load).collect();
        let (mut first, mut activations) = (Vec::new(), Vec::new());
        if !dataset.is_empty() {
            first = load(0);
            let mut output = boxed();
            network.infer_each(&input, &mut output, &mut N::workspace::<1>(), &mut |dims, outputs| {
                activations.push(strip(dims, &numbers(outputs)));
            });
        }
        Pictures { dims: N::Input::DIMS, worst, first, activations }
    }
}

fn numbers<T: Scalar>(numbers: &[T]) -> Vec<f32> {
    numbers.iter().map(|number| number.into_f64() as f32).collect()
}

/// The most numbers of a vector that are drawn, and how many of them are in a row.
const NUMBERS: [usize; 2] = [1024, 64];

/// The channels of an output beside each other, or the numbers of a vector as pixels.
fn strip(dims: Dims, numbers: &[f32]) -> Strip {
    let size = dims.height * dims.width;
    let most = if size > 1 { MOST * size } else { NUMBERS[0] };
    let mut pixels: Vec<_> = stretched(&numbers[..numbers.len().min(most)]).into_iter().map(viridis).collect();
    if size == 1 {
        let columns = pixels.len().clamp(1, NUMBERS[1]);
        pixels.resize(pixels.len().next_multiple_of(columns), [0; 4]);
        let rows = pixels.len() / columns;
        return Strip::new(&[pixels], [rows, columns], 1);
    }
    let channels: Vec<_> = pixels.chunks_exact(size).map(Vec::from).collect();
    Strip::new(&channels, [dims.height, dims.width], COLUMNS)
}

/// The filters of the first convolution, if there is one: each in the colors of its three channels, or of its first alone.
pub(super) fn filters<N: Module>(network: &N) -> Option<Strip> {
    let mut found = None;
    N::visit([network], [], &mut |parameter, [weights], []| {
        let &[filters, channels, height, width] = parameter.dims else { return };
        if found.is_some() || !parameter.role.is_weight() || height * width == 1 {
            return;
        }
        let shown = if channels == 3 { 3 } else { 1 };
        let weights: Vec<_> = weights
            .chunks_exact(channels * height * width)
            .take(filters.min(MOST))
            .map(|weights| numbers(&weights[..shown * height * width]))
            .collect();
        let largest = weights.iter().flatten().fold(f32::MIN_POSITIVE, |largest, weight| largest.max(weight.abs()));
        let dims = Dims::new(shown, height, width);
        let drawn: Vec<_> = weights.iter().map(|weights| filter(weights, dims, largest)).collect();
        found = Some(Strip::new(&drawn, [height, width], COLUMNS));
    });
    found
}
