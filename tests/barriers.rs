//! A mini-batch may be cut into shards anywhere: layers with barriers compute the same, and their gradients are correct.

mod common;

use common::numbers::assert_close;
use shapeproof::layer::{BatchNorm, Dense, Fusion, Module, Pass, Tape};
use shapeproof::network::{Chain, Network};
use shapeproof::tensor::{flat, flat_mut, zeros};

const SAMPLES: usize = 11;

shapeproof::network! { type Maps = [3, 2, 5; f64] => BatchNorm(momentum = 0.3, eps = 0.01) }
shapeproof::network! { type Vectors = [4, 1, 1; f64] => Dense(units = 6), BatchNorm, Dense(units = 3) }
shapeproof::network! {
    type Twice = [2, 4, 3; f64] =>
        BatchNorm, Conv2D(filters = 3, kernel = [3, 2]), BatchNorm(momentum = 0.25), Flatten, Dense(units = 5)
}
/// The first layer of a chain may be a chain with its own barriers.
type LeftToRight = Chain<Chain<Vectors, Norm<3>>, Chain<Dense<3, 7, f64>, Norm<7>>>;
type Norm<const N: usize> = BatchNorm<N, 1, 1, { 1e-5f64.to_bits() }, { 0.1f64.to_bits() }, f64>;

shapeproof::network! {
    /// The body has two barriers and the shortcut none, then one and two; one block is inside another.
    type Blocks = [2, 4, 3; f64] =>
        Residual(
            BatchNorm, Conv2D(filters = 2, kernel = 3, padding = 1), BatchNorm(momentum = 0.25),
        ),
        Conv2D(filters = 3, kernel = [1, 2]),
        Residual(
            LeakyReLU, BatchNorm, Conv2D(filters = 4, kernel = [3, 1]),
            shortcut = (
                Residual(Conv2D(filters = 3, kernel = 1), BatchNorm, shortcut = (LeakyReLU)),
                Conv2D(filters = 4, kernel = [3, 1]), BatchNorm(eps = 0.1),
            ),
        ),
        Flatten, Dense(units = 5), BatchNorm, Dense(units = 3)
}
shapeproof::network! { type First = [3, 2, 5; f64] => Residual(BatchNorm, shortcut = (BatchNorm(eps = 0.5), BatchNorm)) }

shapeproof::network! { type Inner = [5, 2, 3; f64] => BatchNorm(eps = 0.5), Conv2D(filters = 4, kernel = 1), BatchNorm(eps = 0.1) }
shapeproof::network! {
    /// Branches with two barriers, none and one; a gate with one; a network in the place of a layer with two.
    type Structures = [2, 4, 3; f64] =>
        Concat(
            (BatchNorm, Conv2D(filters = 2, kernel = [3, 1]), BatchNorm(momentum = 0.25)),
            (Conv2D(filters = 1, kernel = [3, 1])),
            (BatchNorm, Conv2D(filters = 2, kernel = [3, 1])),
        ),
        Inner,
        Gate(GlobalAvgPool2D, Dense(units = 3), BatchNorm(eps = 0.1), Dense(units = 4), Sigmoid),
        Concat(Identity, (Gate(BatchNorm, Tanh))),
        Flatten, Dense(units = 3)
}

/// Fills a slice with signed numbers without a regular pattern.
fn scatter(numbers: &mut [f64], seed: usize) {
    for (i, number) in numbers.iter_mut().enumerate() {
        *number = ((i + 31 * seed) * 7919 % 1009) as f64 / 504.5 - 1.0;
    }
}

/// Calls `visitor` with the numbers of each parameter of `network` that is trained, or observed.
fn for_each<L: Module<Scalar = f64>>(network: &mut L, trained: bool, mut visitor: impl FnMut(&mut [f64])) {
    L::visit([], [network], &mut |parameter, [], [numbers]| {
        if parameter.role.is_trained() == trained {
            visitor(numbers);
        }
    });
}

fn parameters<L: Module<Scalar = f64>>(network: &mut L, trained: bool) -> Vec<f64> {
    let mut all = Vec::new();
    for_each(network, trained, |numbers| all.extend_from_slice(numbers));
    all
}

/// The results of one training step.
struct Step<L: Module> {
    output: Box<[L::Output]>,
    grad_input: Box<[L::Input]>,
    grad: Box<L>,
}

/// A training step on shards of these sizes, as described in the documentation of [`barrier`](shapeproof::layer::barrier).
fn step<L: Module>(network: &L, input: &[L::Input], grad_output: &[L::Output], shards: &[usize]) -> Step<L> {
    let (mut output, mut grad_input) = (zeros::<L::Output>(input.len()), zeros::<L::Input>(input.len()));
    let mut tapes: Vec<_> = shards.iter().map(|&samples| L::tape(samples)).collect();
    let mut grads: Vec<_> = shards.iter().map(|_| L::zeros()).collect();
    let ends = shards.iter().scan(0, |end, samples| {
        *end += samples;
        Some(*end)
    });
    let ranges: Vec<_> = ends.zip(shards).map(|(end, samples)| end - samples..end).collect();

    // One scratch for all shards, in which each finds what the last one has left.
    let mut scratch = L::tape(0);
    L::tape(shards.iter().copied().max().unwrap_or(0)).lend_scratch(&mut scratch);
    let synchronize = |pass, barrier, tapes: &mut [L::Tape]| {
        let (first, others) = tapes.split_first_mut().unwrap();
        others.iter().for_each(|tape| first.reduce(pass, barrier, tape));
        let mut shared = Vec::new();
        first.visit_shared(pass, barrier, &mut |numbers| shared.extend_from_slice(numbers));
        for tape in others {
            let mut from = shared.iter();
            tape.visit_shared(pass, barrier, &mut |numbers| {
                numbers.iter_mut().for_each(|to| *to = *from.next().unwrap())
            });
        }
    };
    for phase in 0..=L::BARRIERS {
        for (tape, range) in tapes.iter_mut().zip(&ranges) {
            scratch.lend_scratch(tape);
            network.forward_phase(phase, Fusion::NONE, &input[range.clone()], &mut output[range.clone()], tape);
            tape.lend_scratch(&mut scratch);
        }
        if phase < L::BARRIERS {
            synchronize(Pass::Forward, phase, &mut tapes);
        }
    }
    for phase in (0..=L::BARRIERS).rev() {
        for ((tape, grad), range) in tapes.iter_mut().zip(&mut grads).zip(&ranges) {
            let (dy, dx) = (&grad_output[range.clone()], &mut grad_input[range.clone()]);
            scratch.lend_scratch(tape);
            network.backward_phase(phase, Fusion::NONE, &input[range.clone()], tape, dy, Some(dx), grad);
            tape.lend_scratch(&mut scratch);
        }
        if phase > 0 {
            synchronize(Pass::Backward, phase - 1, &mut tapes);
        }
    }
    let (first, others) = grads.split_first_mut().unwrap();
    for grad in others {
        L::visit([&**grad], [&mut **first], &mut |_, [from], [into]| {
            into.iter_mut().zip(from).for_each(|(into, &from)| *into += from);
        });
    }
    Step { output, grad_input, grad: grads.swap_remove(0) }
}

/// A network, a mini-batch and `∂L/∂output`, for `L = Σ ∂L/∂output·output`.
type Setting<L> = (Box<L>, Box<[<L as Module>::Input]>, Box<[<L as Module>::Output]>);

fn setting<L: Module<Scalar = f64>>() -> Setting<L> {
    let (mut network, mut input, mut grad_output) = (L::zeros(), zeros(SAMPLES), zeros(SAMPLES));
    let mut seed = 0;
    for_each(&mut *network, true, |numbers| {
        seed += 1;
        scatter(numbers, seed);
    });
    scatter(flat_mut(&mut input), 100);
    scatter(flat_mut(&mut grad_output), 200);
    (network, input, grad_output)
}

/// Compares `forward` and `backward` on the whole mini-batch with steps on shards.
fn check_splitting<L: Module<Scalar = f64>>(barriers: usize) {
    assert_eq!(L::BARRIERS, barriers);
    let (mut network, input, grad_output) = setting::<L>();
    let (mut output, mut grad_input) = (zeros(SAMPLES), zeros(SAMPLES));
    let (mut tape, mut grad) = (L::tape(SAMPLES), L::zeros());
    network.forward_pass(&input, &mut output, &mut tape);
    network.backward_pass(&input, &mut tape, &grad_output, Some(&mut grad_input), &mut grad);

    let statistics = parameters(&mut *network, false);
    network.update_statistics(&grad);
    assert!(parameters(&mut *network, false).iter().zip(&statistics).all(|(after, before)| after != before));

    for shards in [&[11][..], &[4, 4, 3], &[1, 10], &[3, 0, 6, 2], &[0, 11]] {
        let mut split = step(&*setting::<L>().0, &input, &grad_output, shards);
        let close = |what: &str, found: &[f64], expected: &[f64]| {
            assert_close(&format!("{what} on shards of {shards:?}"), found, expected, 1e-12);
        };
        close("output", flat(&split.output), flat(&output));
        close("grad_input", flat(&split.grad_input), flat(&grad_input));
        close("gradient", &parameters(&mut *split.grad, true), &parameters(&mut *grad, true));
        close("statistics", &parameters(&mut *split.grad, false), &parameters(&mut *grad, false));
    }
}

/// Central differences of `L` in every parameter and every input, through the mini-batch's own statistics.
fn check_gradients<L: Module<Scalar = f64>>() {
    const DELTA: f64 = 1e-5;
    let (mut network, mut input, grad_output) = setting::<L>();
    let Step { grad_input, mut grad, .. } = step(&*network, &input, &grad_output, &[4, 4, 3]);
    let loss = |network: &L, input: &[L::Input]| -> f64 {
        let mut output = zeros(SAMPLES);
        network.forward_pass(input, &mut output, &mut L::tape(SAMPLES));
        flat(&output).iter().zip(flat(&grad_output)).map(|(y, dy)| y * dy).sum()
    };

    let mut differences = Vec::new();
    for i in 0..flat(&input).len() {
        let mut at = |by: f64| {
            flat_mut(&mut input)[i] += by;
            loss(&network, &input)
        };
        differences.push((at(DELTA) - at(-2.0 * DELTA)) / (2.0 * DELTA));
        at(DELTA);
    }
    assert_close("grad_input", flat(&grad_input), &differences, 1e-7);

    let mut differences = Vec::new();
    for i in 0..L::parameters() {
        let mut at = |by: f64| {
            let mut before = 0;
            for_each(&mut *network, true, |numbers| {
                if let Some(number) = i.checked_sub(before).and_then(|i| numbers.get_mut(i)) {
                    *number += by;
                }
                before += numbers.len();
            });
            loss(&network, &input)
        };
        differences.push((at(DELTA) - at(-2.0 * DELTA)) / (2.0 * DELTA));
        at(DELTA);
    }
    assert_close("gradient", &parameters(&mut *grad, true), &differences, 1e-7);
}

#[test]
fn a_layer_splits() {
    check_splitting::<Maps>(1);
}

#[test]
fn a_chain_with_one_barrier_splits() {
    check_splitting::<Vectors>(1);
}

#[test]
fn a_chain_with_two_barriers_splits() {
    check_splitting::<Twice>(2);
}

#[test]
fn a_chain_of_chains_with_barriers_splits() {
    check_splitting::<LeftToRight>(3);
}

#[test]
fn blocks_meet_as_often_as_the_branch_that_does_more() {
    check_splitting::<Blocks>(5);
    check_splitting::<First>(2);
    check_splitting::<Structures>(2 + 2 + 1 + 1);
}

#[test]
fn gradients_are_central_differences() {
    check_gradients::<Maps>();
    check_gradients::<Vectors>();
    check_gradients::<Twice>();
    check_gradients::<LeftToRight>();
    check_gradients::<Blocks>();
    check_gradients::<First>();
    check_gradients::<Structures>();
}
