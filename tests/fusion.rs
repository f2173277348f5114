//! Layers that are fused compute the same as one after the other: a rectifier before a max pooling is exchanged with it, a ReLU is computed
//! by the layer before it, and a batch normalization by the convolutions around it.
//!
//! [`Apart`] is an identity layer between two of them, which prevents the fusion.

use std::marker::PhantomData;

use shapeproof::bytemuck::{self, Zeroable};
use shapeproof::gradient::random_batch;
use shapeproof::layer::{
    BatchNorm, Conv2D, Layer, LeakyReLU, MaxPool2D, Module, Named, Operation, PReLU, ReLU, Residual, Sequential, name,
};
use shapeproof::network::{Chain, Network};
use shapeproof::scalar::Scalar;
use shapeproof::shape::Shape;
use shapeproof::tensor::{Tensor, flat, flat_mut, zeros};

/// `y = x`
#[derive(Zeroable)]
#[bytemuck(crate = "bytemuck")]
struct Apart<X = Image>(PhantomData<X>);

/// Declares and computes a ReLU, but passes the whole gradient in the backward pass.
#[derive(Zeroable)]
#[bytemuck(crate = "bytemuck")]
struct StraightThrough;

type Image = Tensor<3, 7, 5, f64>;

impl<X: Shape> Layer for Apart<X> {
    type Scalar = X::Scalar;
    type Input = X;
    type Output = X;
    type Tape = ();
    type Workspace<const N: usize> = ();
    const KIND: &'static str = "Apart";

    fn tape(_: usize) {}

    fn infer<const N: usize>(&self, input: &[X], output: &mut [X], _: &mut ()) {
        output.copy_from_slice(input);
    }

    fn forward(&self, input: &[X], output: &mut [X], _: &mut ()) {
        output.copy_from_slice(input);
    }

    fn backward(&self, _: &[X], _: &mut (), dy: &[X], dx: Option<&mut [X]>, _: &mut Self) {
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
fn all_of<N: Module>(network: &N, input: &[N::Input], grad_output: &[N::Output]) -> [Vec<N::Scalar>; 4] {
    let samples = input.len();
    let (mut inferred, mut output) = (zeros::<N::Output>(samples), zeros::<N::Output>(samples));
    network.predict::<4>(input, &mut inferred, &mut N::workspace::<4>());
    let (mut tape, mut grad_input, mut grad) = (N::tape(samples), zeros::<N::Input>(samples), N::zeros());
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

type Conv<const C: usize, const H: usize, const W: usize, const CG: usize, T> =
    Conv2D<C, H, W, C, H, W, 3, 3, 1, 1, 1, 1, T, 1, 1, 1, 1, CG>;
type Leaky<const C: usize, const H: usize, const W: usize, T> = LeakyReLU<C, H, W, { 0.25f64.to_bits() }, T>;
type NormOf<const C: usize, const H: usize, const W: usize, T> =
    BatchNorm<C, H, W, { 1e-5f64.to_bits() }, { 0.1f64.to_bits() }, T>;

/// A convolution, a normalization, a rectifier, and again the first two.
type Side<C, N, R, D, M> = Chain<C, Chain<N, Chain<R, Chain<D, M>>>>;
type Far<C, N, R, D, M, X> = Chain<C, Chain<X, Chain<N, Chain<X, Chain<R, Chain<X, Chain<D, Chain<X, M>>>>>>>>;

/// Sets the parameters of both to the same numbers, of both signs, but for variances.
fn set_parameters<A: Module, B: Module<Scalar = A::Scalar>>(a: &mut A, b: &mut B) {
    let number = |i: usize| A::Scalar::from_f64((i * 7919 % 1009) as f64 / 504.5 - 1.0);
    let mut all = Vec::new();
    A::visit([], [a], &mut |parameter, [], [numbers]| {
        for x in &mut *numbers {
            *x = number(all.len());
            if parameter.name == "running_var" {
                *x = *x * *x;
            }
            all.push(*x);
        }
    });
    let mut rest = all.as_slice();
    B::visit([], [b], &mut |_, [], [numbers]| {
        numbers.copy_from_slice(rest.split_off(..numbers.len()).expect("as many parameters"));
    });
    assert!(rest.is_empty());
}

/// Signed numbers without a pattern.
fn batch<X: Shape>(samples: usize, seed: usize) -> Box<[X]> {
    let mut batch = zeros::<X>(samples);
    for (i, x) in flat_mut(&mut batch).iter_mut().enumerate() {
        *x = X::Scalar::from_f64(((i + 31 * seed) * 7919 % 1013) as f64 / 506.5 - 1.0);
    }
    batch
}

/// A convolution that computes the normalizations before and after it.
fn compare_normalizing<C, N, R, D, M, X>()
where
    X: Shape,
    C: Module<Input = X, Output = X, Scalar = X::Scalar>,
    N: Module<Input = X, Output = X, Scalar = X::Scalar>,
    R: Module<Input = X, Output = X, Scalar = X::Scalar>,
    D: Module<Input = X, Output = X, Scalar = X::Scalar>,
    M: Module<Input = X, Output = X, Scalar = X::Scalar>,
{
    const {
        assert!(N::BEGINS_WITH_BATCH_NORM);
        assert!(!Chain::<Apart<X>, N>::BEGINS_WITH_BATCH_NORM && !Chain::<Apart<X>, C>::FUSES.batch_norm_before);
    }
    let (mut side, mut far) = (Side::<C, N, R, D, M>::zeros(), Far::<C, N, R, D, M, Apart<X>>::zeros());
    set_parameters(&mut *side, &mut *far);
    let (input, grad_output) = (batch::<X>(3, 2), batch::<X>(3, 3));
    let (found, expected) = (all_of(&*side, &input, &grad_output), all_of(&*far, &input, &grad_output));
    assert_eq!(found[1..], expected[1..], "{} {} {}", C::KIND, R::KIND, X::DIMS);
}

/// Not one bit differs: the same numbers are added in the same order.
#[test]
fn nobody_notices_who_normalizes() {
    fn with_a_relu_and_without<C, const K: usize, const H: usize, const W: usize, T: Scalar>()
    where
        C: Module<Input = Tensor<K, H, W, T>, Output = Tensor<K, H, W, T>, Scalar = T>,
    {
        compare_normalizing::<C, NormOf<K, H, W, T>, ReLU<K, H, W, T>, C, NormOf<K, H, W, T>, _>();
        compare_normalizing::<C, NormOf<K, H, W, T>, Leaky<K, H, W, T>, C, NormOf<K, H, W, T>, _>();
        compare_normalizing::<
            Named<{ name("conv1") }, C>,
            Named<{ name("norm1") }, NormOf<K, H, W, T>>,
            Named<{ name("relu") }, ReLU<K, H, W, T>>,
            Named<{ name("conv2") }, C>,
            Named<{ name("norm2") }, NormOf<K, H, W, T>>,
            _,
        >();
    }
    const {
        type Fused = Conv<3, 7, 5, 3, f64>;
        assert!(Fused::FUSES.batch_norm_before && Fused::FUSES.batch_norm_after);
        assert!(Sequential::<Fused>::FUSES.batch_norm_after && !Sequential::<Fused>::FUSES.batch_norm_before);
    }
    with_a_relu_and_without::<Conv<3, 7, 5, 3, f64>, 3, 7, 5, f64>();
    with_a_relu_and_without::<Conv<4, 7, 5, 2, f32>, 4, 7, 5, f32>(); // groups
    with_a_relu_and_without::<Conv<4, 7, 5, 1, f32>, 4, 7, 5, f32>(); // depthwise
    with_a_relu_and_without::<Conv<2, 9, 16, 1, f32>, 2, 9, 16, f32>(); // the same with rows of whole vectors
    with_a_relu_and_without::<Conv<16, 16, 16, 16, f32>, 16, 16, 16, f32>();
    with_a_relu_and_without::<Conv<32, 8, 8, 32, f32>, 32, 8, 8, f32>(); // by Winograd's algorithm
    with_a_relu_and_without::<Conv2D<5, 4, 4, 5, 4, 4, 1, 1>, 5, 4, 4, f32>();
    // Inside another network, only the normalization after it.
    with_a_relu_and_without::<Sequential<Conv<3, 7, 5, 3, f64>>, 3, 7, 5, f64>();
    with_a_relu_and_without::<Sequential<Chain<ReLU<3, 7, 5>, Conv<3, 7, 5, 3, f32>>>, 3, 7, 5, f32>();
}

/// Two normalizations side by side, and one before a pooling.
#[test]
fn a_normalization_elsewhere_is_not_noticed_either() {
    type Twice =
        Chain<Conv<3, 7, 5, 3, f64>, Chain<Norm, Chain<Norm, Chain<Conv<3, 7, 5, 3, f64>, Chain<Norm, Pool>>>>>;
    type Far = Chain<
        Conv<3, 7, 5, 3, f64>,
        Chain<
            Apart,
            Chain<
                Norm,
                Chain<Apart, Chain<Norm, Chain<Apart, Chain<Conv<3, 7, 5, 3, f64>, Chain<Apart, Chain<Norm, Pool>>>>>>,
            >,
        >,
    >;
    let (mut twice, mut far) = (Twice::zeros(), Far::zeros());
    set_parameters(&mut *twice, &mut *far);
    let (input, grad_output) = (random_batch::<Image>(4, 2), random_batch::<Pooled>(4, 3));
    assert_eq!(all_of(&*twice, &input, &grad_output)[1..], all_of(&*far, &input, &grad_output)[1..]);
}
