//! Layers of a user's own.

use std::marker::PhantomData;

use shapeproof::bytemuck::{self, Zeroable};
use shapeproof::hyper_parameters;
use shapeproof::layer::Layer;
use shapeproof::scalar::Scalar;
use shapeproof::shape::{Dims, Shape, ConstString};
use shapeproof::tensor::Vector;

/// Repeats every row and column.
#[derive(Zeroable)]
#[bytemuck(crate = "bytemuck")]
#[zeroable(bound = "")]
pub struct Magnify<I = (), O = (), const V: usize = 0, const H: usize = 0, const GAIN: u64 = 0, const SMOOTH: bool = false>(
    PhantomData<fn(I) -> O>,
);

hyper_parameters! {
    Magnify(factor: [usize; 2], gain: f64 = 1.0, smooth: bool = false) => Magnify<Input, Output, factor, gain, smooth>,
    output = upsample(input, factor, gain),
}

const fn upsample(input: Dims, [v, h]: [usize; 2], gain: f64) -> Result<Dims, ConstString> {
    if v == 0 || h == 0 {
        return Err(ConstString::new().str("Magnify by ").pair([v, h]).str(" leaves nothing; write a factor of at least 1"));
    }
    if gain <= 0.0 {
        return Err(ConstString::new().str("Magnify has gain ").real(gain).str("; it must be above 0"));
    }
    Ok(Dims::new(input.channels, input.height.saturating_mul(v), input.width.saturating_mul(h)))
}

impl<T: Scalar, I: Shape<Scalar = T>, O: Shape<Scalar = T>, const V: usize, const H: usize, const G: u64, const S: bool> Layer
    for Magnify<I, O, V, H, G, S>
{
    type Scalar = T;
    type Input = I;
    type Output = O;
    type Tape = ();
    type Workspace<const N: usize> = ();
    const KIND: &'static str = "Magnify";

    fn tape(_: usize) {}
    fn infer<const N: usize>(&self, _: &[I], _: &mut [O], _: &mut ()) {}
    fn forward(&self, _: &[I], _: &mut [O], _: &mut ()) {}
    fn backward(&self, _: &[I], _: &mut (), _: &[O], _: Option<&mut [I]>, _: &mut Self) {}
}

/// Keeps its input's shape, but was written for vectors only.
#[derive(Zeroable)]
#[bytemuck(crate = "bytemuck")]
pub struct Sort<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);

hyper_parameters! { Sort => Sort<C, H, W, T> }

impl<const N: usize, T: Scalar> Layer for Sort<N, 1, 1, T> {
    type Scalar = T;
    type Input = Vector<N, T>;
    type Output = Vector<N, T>;
    type Tape = ();
    type Workspace<const K: usize> = ();
    const KIND: &'static str = "Sort";

    fn tape(_: usize) {}
    fn infer<const K: usize>(&self, _: &[Self::Input], _: &mut [Self::Output], _: &mut ()) {}
    fn forward(&self, _: &[Self::Input], _: &mut [Self::Output], _: &mut ()) {}
    fn backward(&self, _: &[Self::Input], _: &mut (), _: &[Self::Output], _: Option<&mut [Self::Input]>, _: &mut Self) {}
}

/// Not declared.
pub struct Undeclared<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);

/// Not declared, and without defaults.
pub struct Bare<const C: usize, T>(PhantomData<T>);
