//! The interface between a tape and the trainer.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::RngKey;
use super::barrier::Pass;

/// What a layer's backward pass needs from its forward pass, and scratch for both. It is made once and used for every mini-batch.
///
/// `()`, a `Vec` and a boxed slice are tapes already. Most structs need only `impl Tape for MyTape {}`. The tape of a layer that draws
/// random numbers while training also takes their key:
///
/// ```
/// use shapeproof::layer::{RngKey, Tape};
///
/// /// The noise added to each number of each sample, for a layer with 8 outputs.
/// struct NoiseTape {
///     key: RngKey,
///     noise: Vec<[f32; 8]>,
/// }
///
/// impl Tape for NoiseTape {
///     fn set_rng_key(&mut self, key: RngKey) {
///         self.key = key;
///     }
/// }
///
/// let mut tape = NoiseTape { key: RngKey::default(), noise: vec![[0.0; 8]; 2] };
/// tape.set_rng_key(RngKey::new(7, 1, 0)); // the trainer does this before each forward pass
/// // In `forward`, the layer draws the noise of each sample from a seed of its own:
/// let seeds = [0, 1].map(|sample| tape.key.seed(sample));
/// assert_ne!(seeds[0], seeds[1]);
/// # assert_eq!(tape.noise.len(), 2);
/// ```
pub trait Tape: Send {
    /// Sets the key of the random numbers in the coming forward pass. Only the tapes of layers like [`Dropout`](super::Dropout) use
    /// it.
    fn set_rng_key(&mut self, key: RngKey) {
        let _ = key;
    }

    /// Lends its scratch to `to`, replacing the scratch of `to`. Scratch is what a layer writes and reads within one call, and does
    /// not need after it.
    ///
    /// A shard that waits at a [barrier](super::barrier) keeps its tape, but needs scratch only while a thread works on it. So the
    /// thread lends it its own, which stays in cache. A tape with little or no scratch need not implement this.
    fn lend_scratch(&mut self, to: &mut Self) {
        let _ = to;
    }

    /// At a [barrier](super::barrier): adds the partial results of `from`, whose samples follow its own.
    /// [`visit_shared`](Tape::visit_shared) must show all numbers that this changes: what it does not show, other shards do not get.
    fn reduce(&mut self, pass: Pass, barrier: usize, from: &Self) {
        let _ = (pass, barrier, from);
    }

    /// Calls `visit` with the numbers that [`reduce`](Tape::reduce) combines at this barrier, always in the same order and as many.
    /// After the barrier, the trainer writes those of the whole mini-batch to every tape.
    fn visit_shared(&mut self, pass: Pass, barrier: usize, visit: &mut dyn FnMut(&mut [f64])) {
        let _ = (pass, barrier, visit);
    }
}

impl Tape for () {}

impl<T: Send> Tape for Vec<T> {}

impl<T: Send> Tape for Box<[T]> {}

impl<T: Tape> Tape for Box<T> {
    fn set_rng_key(&mut self, key: RngKey) {
        (**self).set_rng_key(key);
    }

    fn lend_scratch(&mut self, to: &mut Self) {
        (**self).lend_scratch(to);
    }

    fn reduce(&mut self, pass: Pass, barrier: usize, from: &Self) {
        (**self).reduce(pass, barrier, from);
    }

    fn visit_shared(&mut self, pass: Pass, barrier: usize, visit: &mut dyn FnMut(&mut [f64])) {
        (**self).visit_shared(pass, barrier, visit);
    }
}
