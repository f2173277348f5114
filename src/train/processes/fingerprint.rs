//! Checksums of networks and datasets, to notice that those of two processes differ.

use alloc::boxed::Box;
use core::hash::Hasher;
use std::hash::DefaultHasher;

use crate::data::Dataset;
use crate::layer::Module;
use crate::loss::Loss;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tensor::boxed;
use crate::train::{State, Threads};

/// The most samples of a dataset that are read for its checksum; of a larger one, as many, evenly spread.
const MOST_SAMPLES: usize = 1 << 16;

/// The checksum of everything in a training that the next step changes.
pub(super) fn of_state<N: Module>(state: &State<N>) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write_u64(state.steps);
    let networks = core::iter::once(&state.network).chain(&state.memory).chain(&state.average);
    for network in networks {
        N::visit([&**network], [], &mut |_, [numbers], []| hasher.write(bytemuck::cast_slice(numbers)));
    }
    hasher.finish()
}

/// The checksum of a dataset: of its inputs, and of its targets as the loss of a fixed output tells them apart.
pub(super) fn of_dataset<N, L, D>(threads: &Threads, loss: &L, dataset: &D) -> u64
where
    N: Module,
    L: Loss<Output = N::Output>,
    D: Dataset<Input = N::Input, Target = L::Target>,
{
    const CHUNK: usize = 256;
    let mut output: Box<N::Output> = boxed();
    for (number, at) in output.as_mut_slice().iter_mut().zip(1..) {
        *number = N::Scalar::from_f64(1.0 / f64::from(at));
    }
    let (len, read) = (dataset.len(), dataset.len().min(MOST_SAMPLES));
    let of_chunk = |start: usize| {
        let (mut hasher, mut input) = (DefaultHasher::new(), boxed::<N::Input>());
        for index in start..read.min(start + CHUNK) {
            let target = dataset.load((index as u64 * len as u64 / read as u64) as usize, &mut input);
            hasher.write(bytemuck::cast_slice(input.as_slice()));
            hasher.write_u64(loss.value(&output, &target).to_bits());
        }
        hasher.finish()
    };
    let mut hasher = DefaultHasher::new();
    for chunk in threads.map(read, CHUNK, of_chunk) {
        hasher.write_u64(chunk);
    }
    hasher.finish()
}
