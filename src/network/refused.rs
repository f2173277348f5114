//! The stand-in for a network that does not fit together.

use core::marker::PhantomData;

use bytemuck::Zeroable;

use crate::kernel::rectifier::Rectifier;
use crate::layer::{Fusion, Module};
use crate::scalar::Scalar;
use crate::shape::Shape;

/// Whether a network fits together.
pub struct Check<const FITS: bool>;

/// The first type if a network fits together, otherwise the second.
pub trait Choose<Fits, Refused> {
    /// The type chosen.
    type Type;
}

impl<Fits, Refused> Choose<Fits, Refused> for Check<true> {
    type Type = Fits;
}

impl<Fits, Refused> Choose<Fits, Refused> for Check<false> {
    type Type = Refused;
}

/// The stand-in for a network that `network!` has refused. It never runs, because the program does not compile, but other code that
/// uses the network compiles, so that one mistake gives one error.
#[derive(Zeroable)]
#[zeroable(bound = "")]
pub struct Refused<I, O>(PhantomData<fn(I) -> O>);

#[diagnostic::do_not_recommend]
impl<T: Scalar, I: Shape<Scalar = T>, O: Shape<Scalar = T>> Module for Refused<I, O> {
    type Scalar = T;
    type Input = I;
    type Output = O;
    type Tape = ();
    type Workspace<const N: usize> = ();

    const KIND: &'static str = "Refused";

    fn tape(_: usize) {}

    fn infer_fused<const N: usize>(&self, _: Option<Rectifier<'_, T>>, _: &[I], _: &mut [O], _: &mut ()) {}

    fn forward_phase(&self, _: usize, _: Fusion<'_, T>, _: &[I], _: &mut [O], _: &mut ()) {}

    fn backward_phase(
        &self,
        _: usize,
        _: Fusion<'_, T>,
        _: &[I],
        _: &mut (),
        _: &[O],
        _: Option<&mut [I]>,
        _: &mut Self,
    ) {
    }
}
