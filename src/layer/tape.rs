//! What a tape has to say to whoever trains.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::RngKey;
use super::barrier::Pass;

/// What a layer's backward pass needs from its forward pass, and scratch for both: made once, used for every mini-batch.
///
/// Most tapes have nothing to say, and `impl Tape for MyTape {}` is all they need; `()`, a `Vec` or a boxed slice will do as they are.
pub trait Tape: Send {
    /// Learns where randomness in the coming forward pass comes from. Only those of layers like [`Dropout`](super::Dropout) listen.
    fn set_rng_key(&mut self, key: RngKey) {
        let _ = key;
    }

    /// Lends `to` its scratch, in the place of what `to` has: what a layer writes and reads within one call and nobody needs after it.
    ///
    /// A shard that waits at a [barrier](super::barrier) keeps its tape, but needs scratch only while it is worked on. So a thread lends
    /// it its own, which stays in cache. A tape with little scratch, or none, leaves this as it is.
    fn lend_scratch(&mut self, to: &mut Self) {
        let _ = to;
    }

    /// At a [barrier](super::barrier): adds what `from` knows of its samples. Called with the tapes of all other shards, in their
    /// order.
    fn reduce(&mut self, pass: Pass, barrier: usize, from: &Self) {
        let _ = (pass, barrier, from);
    }

    /// After [`reduce`](Tape::reduce): tells `to` what is known of the whole mini-batch.
    fn broadcast(&self, pass: Pass, barrier: usize, to: &mut Self) {
        let _ = (pass, barrier, to);
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

    fn broadcast(&self, pass: Pass, barrier: usize, to: &mut Self) {
        (**self).broadcast(pass, barrier, to);
    }
}
