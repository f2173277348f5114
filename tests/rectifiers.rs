//! A rectifier before a max pooling is exchanged with it, and a ReLU after some layers is fused into them, without a change of the
//! results.
//!
//! [`Apart`] is an identity layer between the two, which prevents the fusion.

use shapeproof::bytemuck::{self, Zeroable};
use shapeproof::gradient::random_batch;
use shapeproof::layer::{
    BatchNorm, Layer, LeakyReLU, MaxPool2D, Module, Named, Operation, PReLU, ReLU, Residual, name,
};
use shapeproof::network::{Chain, Network};
use shapeproof::tensor::{Tensor, flat, flat_mut, zeros};

/// `y = x`
#[derive(Zeroable)]
#[bytemuck(crate = "bytemuck")]
struct Apart;

/// Declares and computes a ReLU, but passes the whole gradient in the backward pass.
#[derive(Zeroable)]
#[bytemuck(crate = "bytemuck")]
struct StraightThrough;

type Image = Tensor<3, 7, 5, f64>;

impl Layer for Apart {
    type Scalar = f64;
    type Input = Image;
    type Output = Image;
    type Tape = ();
    type Workspace<const N: usize> = ();
    const KIND: &'static str = "Apart";

    fn tape(_: usize) {}

    fn infer<const N: usize>(&self, input: &[Image], output: &mut [Image], _: &mut ()) {
        output.copy_from_slice(input);
    }

    fn forward(&self, input: &[Image], output: &mut [Image], _: &mut ()) {
        output.copy_from_slice(input);
    }

    fn backward(&self, _: &[Image], _: &mut (), dy: &[Image], dx: Option<&mut [Image]>, _: &mut Self) {
        if let Some(dx) = dx {
            dx.copy_from_slice(dy);
        }
    }
}

impl Layer for StraightThrough {
    type Scalar = f64;
    type Input = Image;
    type Output = Image;
    type Tape = ();
    type Workspace<const N: usize> = ();
    const KIND: &'static str = "StraightThrough";
    const OPERATION: Operation = Operation::Rectifier;

    fn tape(_: usize) {}

    fn infer<const N: usize>(&self, input: &[Image], output: &mut [Image], tape: &mut ()) {
        self.forward(input, output, tape);
    }

    fn forward(&self, input: &[Image], output: &mut [Image], _: &mut ()) {
        for (y, x) in flat_mut(output).iter_mut().zip(flat(input)) {
            *y = x.max(0.0);
        }
    }

    fn backward(&self, _: &[Image], _: &mut (), dy: &[Image], dx: Option<&mut [Image]>, _: &mut Self) {
        if let Some(dx) = dx {
            dx.copy_from_slice(dy);
        }
    }
}

/// Windows of 3×2 that overlap downwards, with padding above and below.
type Pool = MaxPool2D<3, 7, 5, 4, 2, 3, 2, 2, 2, 1, 0, f64>;
type Pooled = Tensor<3, 4, 2, f64>;

/// The results of a network for `input`: outputs in inference and training, and the gradients of input and parameters.
fn all_of<N: Module<Scalar = f64, Input = Image, Output = Pooled>>(
    network: &N,
    input: &[Image],
    grad_output: &[Pooled],
) -> [Vec<f64>; 4] {
    let samples = input.len();
    let (mut inferred, mut output) = (zeros::<Pooled>(samples), zeros::<Pooled>(samples));
    network.predict::<4>(input, &mut inferred, &mut N::workspace::<4>());
    let (mut tape, mut grad_input, mut grad) = (N::tape(samples), zeros::<Image>(samples), N::zeros());
    network.forward_pass(input, &mut output, &mut tape);
    network.backward_pass(input, &mut tape, grad_output, Some(&mut grad_input), &mut grad);
    network.forward_pass(input, &mut output, &mut tape);
    network.backward_pass(input, &mut tape, grad_output, None, &mut grad);
    let mut parameters = Vec::new();
    N::visit([&*grad], [], &mut |_, [gradient], []| parameters.extend_from_slice(gradient));
    [flat(&inferred).to_vec(), flat(&output).to_vec(), flat(&grad_input).to_vec(), parameters]
}

fn compare<R: Module<Scalar = f64, Input = Image, Output = Image>>(make: impl Fn() -> Box<R>) {
    let mut swapped = Chain::<R, Pool>::zeros();
    let mut apart = Chain::<R, Chain<Apart, Pool>>::zeros();
    (swapped.0, apart.0) = (*make(), *make());
    let (input, grad_output) = (random_batch::<Image>(4, 2), random_batch::<Pooled>(4, 3));
    let (found, expected) = (all_of(&*swapped, &input, &grad_output), all_of(&*apart, &input, &grad_output));
    assert_eq!(found[..3], expected[..3], "{}", R::KIND);
    let close = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-12 * b.abs();
    assert!(found[3].iter().zip(&expected[3]).all(close), "{}: {:?} and {:?}", R::KIND, found[3], expected[3]);
}

#[test]
fn nobody_notices() {
    compare(ReLU::<3, 7, 5, f64>::zeros);
    compare(LeakyReLU::<3, 7, 5, { 0.25f64.to_bits() }, f64>::zeros);
    // Increasing slopes, slopes that are not, and one of each.
    for slopes in [[0.25, 0.5, 2.0], [0.0, 0.5, 1.0], [-0.5, 0.5, -2.0]] {
        compare(|| Box::new(PReLU::<3, 7, 5, 3, f64> { weight: slopes }));
        compare(|| Box::new(PReLU::<3, 7, 5, 1, f64> { weight: [slopes[0]] }));
    }
}

#[test]
fn they_do_change_places() {
    const {
        assert!(Pool::FUSES.rectifier_before && Chain::<Pool, ReLU<3, 4, 2, f64>>::FUSES.rectifier_before);
        assert!(!Chain::<Apart, Pool>::FUSES.rectifier_before && !ReLU::<3, 7, 5, f64>::FUSES.rectifier_before);
    }
    assert!(ReLU::<3, 7, 5, f64>::zeros().rectifier().is_some_and(|rectifier| rectifier.is_increasing()));
}

type Rectifier = ReLU<3, 7, 5, f64>;
type Norm = BatchNorm<3, 7, 5, { 1e-5f64.to_bits() }, { 0.1f64.to_bits() }, f64>;

fn norm() -> Box<Norm> {
    let mut norm = Norm::zeros();
    (norm.gamma, norm.beta) = ([2.0, -1.5, 0.5], [0.25, -0.5, 0.0]);
    norm
}

/// `A` and a ReLU that is fused into it, before a pooling and before another layer.
fn compare_rectifying<A: Module<Scalar = f64, Input = Image, Output = Image>>(make: impl Fn() -> Box<A>) {
    const { assert!(A::FUSES.relu_after && Chain::<Rectifier, Pool>::BEGINS_WITH_RELU) };
    let (mut pooled, mut other) = (
        Chain::<A, Chain<Rectifier, Pool>>::zeros(),
        Chain::<A, Chain<Named<{ name("relu") }, Rectifier>, Chain<Apart, Pool>>>::zeros(),
    );
    let mut apart = Chain::<A, Chain<Apart, Chain<Rectifier, Chain<Apart, Pool>>>>::zeros();
    (pooled.0, other.0, apart.0) = (*make(), *make(), *make());
    let (input, grad_output) = (random_batch::<Image>(4, 2), random_batch::<Pooled>(4, 3));
    let expected = all_of(&*apart, &input, &grad_output);
    assert_eq!(all_of(&*pooled, &input, &grad_output), expected, "{}", A::KIND);
    assert_eq!(all_of(&*other, &input, &grad_output), expected, "{}", A::KIND);
}

/// As after a layer that fuses nothing.
#[test]
fn a_layer_that_only_predicts_like_a_relu_keeps_its_gradient() {
    const { assert!(Rectifier::BEGINS_WITH_RELU && !Chain::<StraightThrough, Pool>::BEGINS_WITH_RELU) };
    let mut behind = Chain::<Norm, Chain<StraightThrough, Pool>>::zeros();
    let mut apart = Chain::<Norm, Chain<Apart, Chain<StraightThrough, Pool>>>::zeros();
    (behind.0, apart.0) = (*norm(), *norm());
    let (input, grad_output) = (random_batch::<Image>(4, 2), random_batch::<Pooled>(4, 3));
    assert_eq!(all_of(&*behind, &input, &grad_output), all_of(&*apart, &input, &grad_output));
}

#[test]
fn nobody_notices_who_rectifies() {
    compare_rectifying(norm);
    compare_rectifying(|| Box::new(Named::<{ name("norm") }, Norm>(*norm())));
    compare_rectifying(|| {
        let mut block = Residual::<Chain<Norm, Chain<Rectifier, Norm>>>::zeros();
        (block.body.0, block.body.1.1) = (*norm(), *norm());
        block
    });
    compare_rectifying(|| {
        let mut block = Residual::<Norm, LeakyReLU<3, 7, 5, { 0.25f64.to_bits() }, f64>>::zeros();
        block.body = *norm();
        block
    });
}
