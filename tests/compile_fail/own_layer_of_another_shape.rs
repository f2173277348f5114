// A user's own layer that keeps its shape, but was written for vectors only.
use std::marker::PhantomData;

use shapeproof::bytemuck::{self, Zeroable};
use shapeproof::scalar::Scalar;

use shapeproof::layer::Layer;
use shapeproof::network::Network;
use shapeproof::tensor::Vector;

#[derive(Zeroable)]
#[bytemuck(crate = "bytemuck")]
struct Sort<const C: usize, const H: usize, const W: usize, T>(PhantomData<T>);

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
    fn backward(
        &self,
        _: &[Self::Input],
        _: &mut (),
        _: &[Self::Output],
        _: Option<&mut [Self::Input]>,
        _: &mut Self,
    ) {
    }
}

shapeproof::network! { type Net = [1, 28, 28] => Conv2D(filters = 8, kernel = 3), Sort, Flatten }

fn main() {
    Net::new(1);
}
