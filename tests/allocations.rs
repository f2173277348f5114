//! A training step after the first, and a prediction, allocate nothing of their own. A training that needs more memory than there
//! is is an error.
//!
//! The buffers that `matrixmultiply` allocates to pack its operands are counted separately; they are recognized by their alignment.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use shapeproof::data::{Augment, Dataset, Pairs};
use shapeproof::io::{Card, Model, Predictor};
use shapeproof::layer::Module;
use shapeproof::loss::{CrossEntropy, MSE};
use shapeproof::network::Network;
use shapeproof::optim::{SGD, Specimen};
use shapeproof::tensor::{Tensor, Vector, zeros};
use shapeproof::train::{Clip, Settings, Trainer};

/// The system's allocator, which counts the allocations of this thread, and fails one above 1 GiB.
struct Counting;

const ALL_THERE_IS: usize = 1 << 30;

thread_local! {
    static OURS: Cell<usize> = const { Cell::new(0) };
    static PACKING: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<usize> = const { Cell::new(0) };
    /// The bytes of those that have been freed.
    static FREED: Cell<usize> = const { Cell::new(0) };
    /// Allocations of the size of a network of the type [`Plain`].
    static NETWORKS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is passed to the system's allocator unchanged, or fails.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let counter = if layout.align() >= 32 { &PACKING } else { &OURS };
        counter.with(|count| count.set(count.get() + 1));
        BYTES.with(|bytes| bytes.set(bytes.get() + layout.size()));
        NETWORKS.with(|count| count.set(count.get() + usize::from(layout.size() == size_of::<Plain>())));
        if layout.size() > ALL_THERE_IS {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        FREED.with(|bytes| bytes.set(bytes.get() + layout.size()));
        // SAFETY: the caller keeps `dealloc`'s contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Counts the allocations of `work`, and the packing buffers among them.
fn count(work: impl FnOnce()) -> (usize, usize) {
    let before = (OURS.get(), PACKING.get());
    work();
    (OURS.get() - before.0, PACKING.get() - before.1)
}

shapeproof::network! { type Inner = [20, 14, 14] => Conv2D(filters = 8, kernel = 1), GroupNorm(groups = 2), Dropout }
shapeproof::network! {
    type Net = [1, 28, 28] =>
        Conv2D(filters = 8, kernel = 3, padding = 1),
        BatchNorm,
        PReLU,
        MaxPool2D(window = 2),
        Residual(Conv2D(filters = 8, kernel = 3, padding = 1), BatchNorm),
        Residual(AvgPool2D(window = 3, stride = 1, padding = 1), shortcut = (Conv2D(filters = 8, kernel = 1))),
        Concat((Conv2D(filters = 4, kernel = 1), BatchNorm), Identity, (MaxPool2D(window = 3, stride = 1, padding = 1))),
        Gate(GlobalAvgPool2D, Dense(units = 20), Sigmoid),
        Inner,
        Conv2D(filters = 16, kernel = 3, stride = 2, padding = 2),
        LeakyReLU,
        Flatten,
        Dropout,
        Dense(units = 32),
        ReLU,
        Dense(units = 10),
}

shapeproof::network! { type Plain = [1, 28, 28] => Conv2D(filters = 8, kernel = 5, stride = 2), ReLU, Flatten, Dense(units = 10) }

#[test]
fn more_memory_than_there_is_is_an_error() {
    let settings = Settings { batch_size: 100_000, shard_size: 4, threads: Some(1), ..Settings::default() };
    for trainer in [
        Trainer::new(Plain::new(1), CrossEntropy::new(), SGD::new(0.1), settings).err(),
        Trainer::new(Net::new(1), CrossEntropy::new(), SGD::new(0.1), settings).err(),
    ] {
        let error = trainer.unwrap().to_string();
        assert!(error.starts_with("batch_size: found 100000, which takes "), "{error}");
        assert!(error.ends_with(" GiB, expected one for which this machine has the memory"), "{error}");
    }
}

#[test]
fn a_velocity_is_allocated_only_for_momentum() {
    let networks = |optimizer: SGD| {
        let settings = Settings { batch_size: 1, threads: Some(1), ..Settings::default() };
        let before = NETWORKS.get();
        Trainer::new(Plain::new(1), CrossEntropy::new(), optimizer, settings).unwrap();
        NETWORKS.get() - before
    };
    assert_eq!(networks(SGD::new(0.1).weight_decay(0.1)), 2, "the network and its gradient");
    assert_eq!(networks(SGD::new(0.1).momentum(0.9)), 3);
}

#[test]
fn steps_and_predictions_allocate_nothing() {
    check::<Net>();
    check::<Plain>();
}

fn check<N: Module<Scalar = f32, Input = Tensor<1, 28, 28>, Output = Vector<10>>>() {
    let inputs = zeros::<Tensor<1, 28, 28>>(20);
    let augment = Augment::new().flip_vertical(0.5).scale(0.5..=2.0).shear(9.0).rotate(90.0).shift(2).elastic(1.0, 4.0);
    let augment = augment.erase(0.5, 0.1..=0.5).brightness(0.5).contrast(0.5);
    let data = Pairs::new(&inputs, &[3; 20]).augmented(augment);
    let settings = Settings { batch_size: 20, threads: Some(1), average: Some(0.99), ..Settings::default() };
    let settings = Settings { clip: Some(Clip::Norm(0.5)), ..settings };
    let optimizer = SGD::new(0.01).nesterov(0.9);
    let mut trainer = Trainer::new(N::new(1), CrossEntropy::new(), optimizer, settings).unwrap();
    let order: Vec<u32> = (0..20).collect();
    let (mut workspace, mut logits) = (N::workspace::<1>(), [Vector::from([0.0; 10])]);

    assert!(count(|| drop(vec![1, 2, 3])).0 == 1, "the counter counts");
    trainer.step(&data, &order);
    let (ours, packing) = count(|| {
        for _ in 0..3 {
            trainer.step(&data, &order);
        }
    });
    println!("three steps: {packing} packing buffers");
    assert_eq!(ours, 0, "allocations in three training steps");

    let (ours, packing) = count(|| trainer.network().predict::<1>(&inputs[..1], &mut logits, &mut workspace));
    println!("one prediction: {packing} packing buffers");
    assert_eq!(ours, 0, "allocations in a prediction");

    let card = Card { classes: (0..10).map(|digit| digit.to_string()).collect(), ..Card::default() };
    let mut predictor = Predictor::new(Model { network: trainer.into_network(), card });
    let (pixels, mut named) = ([[7; 28 * 28]; 20], 0);
    let (ours, _) = count(|| {
        predictor.classify_all(&pixels, |prediction| named += prediction.name.len());
        named += predictor.classify(&pixels[0]).name.len();
    });
    assert_eq!((ours, named), (0, 21), "allocations of a predictor");
}

// Not in release builds, see `every_layer.rs`.
#[cfg(debug_assertions)]
mod layers {
    use shapeproof::layer::Operation;
    use shapeproof::layer::declaration::ExampleVisitor;
    use shapeproof::layer::visit_examples;
    use shapeproof::shape::Shape;

    use super::*;

    struct EveryLayer;

    impl ExampleVisitor for EveryLayer {
        fn visit<Double: Module<Scalar = f64>, Single: Module<Scalar = f32>>(&mut self, name: &'static str) {
            let (inputs, targets) = (zeros::<Single::Input>(4), zeros::<Single::Output>(4));
            let data = Pairs::new(&inputs, &targets);
            let settings = Settings { threads: Some(1), ..Settings::default() };
            let mut trainer = Trainer::new(Single::new(1), MSE::new(), SGD::new(0.01), settings).unwrap();
            let (mut workspace, mut output) = (Single::workspace::<4>(), zeros::<Single::Output>(4));
            trainer.step(&data, &[0, 1, 2, 3]);
            let (ours, _) = count(|| {
                for _ in 0..3 {
                    trainer.step(&data, &[0, 1, 2, 3]);
                }
                trainer.network().predict::<4>(&inputs, &mut output, &mut workspace);
            });
            assert_eq!(ours, 0, "allocations in three training steps and a prediction of {name}");
        }
    }

    #[test]
    fn no_layer_allocates() {
        visit_examples(&mut EveryLayer);
    }

    /// The bytes that a layer allocates in training for each sample, beside its input and output.
    fn kept<M: Module>() -> usize {
        let network = M::new(1);
        let mut grad = M::zeros();
        let mut bytes = |samples| {
            let (input, mut output) = (zeros::<M::Input>(samples), zeros::<M::Output>(samples));
            let mut grad_input = zeros::<M::Input>(samples);
            let before = BYTES.get();
            let mut tape = M::tape(samples);
            network.forward_pass(&input, &mut output, &mut tape);
            network.backward_pass(&input, &mut tape, &output, Some(&mut grad_input), &mut grad);
            BYTES.get() - before
        };
        (bytes(130) - bytes(2)) / 128
    }

    struct Kept;

    impl ExampleVisitor for Kept {
        fn visit<Double: Module<Scalar = f64>, Single: Module<Scalar = f32>>(&mut self, name: &'static str) {
            let (input, output) = (Single::Input::DIMS, Single::Output::DIMS.len());
            let kept = kept::<Single>();
            let expected = match Single::KIND {
                // The output.
                "LogSoftmax" | "Sigmoid" | "Softmax" | "Tanh" => 4 * output,
                // Which number was the largest, and with a rectifier before it, how large it was.
                "GlobalMaxPool2D" | "Maxout" => 4 * output,
                "MaxPool2D" => 8 * output,
                // Which numbers were kept.
                "Dropout" => input.len(),
                // The mean and the standard deviation of each group, and of the whole.
                _ => match Single::OPERATION {
                    Operation::GroupNormalization { groups, .. } => 8 * groups,
                    Operation::LayerNormalization { .. } => 8,
                    _ => 0,
                },
            };
            assert_eq!(kept, expected, "bytes of {name} for each sample");
        }
    }

    #[test]
    fn a_layer_keeps_what_it_needs() {
        visit_examples(&mut Kept);
    }

    shapeproof::network! { type Two = [2, 5, 7] => ReLU, ReLU }
    shapeproof::network! { type Added = [2, 5, 7] => Residual(ReLU) }
    shapeproof::network! { type Joined = [2, 5, 7] => Concat((ReLU), Identity) }
    shapeproof::network! { type Gated = [2, 5, 7] => Gate(GlobalAvgPool2D, Sigmoid) }

    /// A network keeps what is between two layers, and its gradient.
    #[test]
    fn a_block_keeps_what_its_layers_need() {
        let image = 2 * 5 * 7 * size_of::<f32>();
        assert_eq!(kept::<Two>(), 2 * image);
        // A sum is made in place.
        assert_eq!(kept::<Added>(), 0);
        // The output of a branch is copied to its place among the others, and its gradient from there. The input is in its place.
        assert_eq!(kept::<Joined>(), 2 * image);
        // Means, factors and their gradients, and the output of the sigmoid: one number for each channel.
        assert_eq!(kept::<Gated>(), 5 * 2 * size_of::<f32>());
    }
}

shapeproof::network! {
    type Normalized = [2, 16, 16] =>
        Conv2D(filters = 2, kernel = 1), BatchNorm, ReLU,
        Residual(
            Conv2D(filters = 2, kernel = 1), BatchNorm, ReLU, Conv2D(filters = 2, kernel = 1), BatchNorm,
            shortcut = (Conv2D(filters = 2, kernel = 1), BatchNorm),
        ),
        ReLU,
        Conv2D(filters = 2, kernel = 1),
}

/// The bytes of a trainer after a step with this many shards, on one thread.
fn bytes_of_shards(shards: usize) -> usize {
    let samples = zeros::<Tensor<2, 16, 16>>(16 * shards);
    let (data, order) = (Pairs::new(&samples, &samples), (0..16 * shards as u32).collect::<Vec<_>>());
    let settings = Settings { batch_size: order.len(), threads: Some(1), ..Settings::default() };
    let before = BYTES.get() - FREED.get();
    let mut trainer = Trainer::new(Normalized::new(1), MSE::new(), SGD::new(0.01), settings).unwrap();
    trainer.step(&data, &order);
    BYTES.get() - FREED.get() - before
}

#[test]
fn shards_that_wait_keep_activations_or_their_gradients() {
    // The input, the target, the output and its gradient. Of the layers, the outputs of four convolutions, of two normalizations with their
    // ReLUs, and of the block with its own: the gradient of each takes its place. What the last normalization in each branch of the block
    // gives is added up, and scratch belongs to the thread.
    let image = size_of::<Tensor<2, 16, 16>>();
    let images = (bytes_of_shards(9) - bytes_of_shards(1)) as f64 / (8 * 16 * image) as f64;
    assert!((11.0..11.2).contains(&images), "{images} images for each sample");
}

macro_rules! check_optimizers {
    ([$($file:ident::$kind:ident)*]) => {
        #[test]
        fn steps_of_every_optimizer_allocate_nothing() {
            let inputs = zeros::<Tensor<1, 28, 28>>(4);
            let data = Pairs::new(&inputs, &[3; 4]);
            let settings = Settings { threads: Some(1), ..Settings::default() };
            $(
                // With one half for every setting, no feature of any optimizer is off.
                let rule = <shapeproof::optim::$kind as Specimen>::of(|_| 0.5);
                let mut trainer = Trainer::new(Plain::new(1), CrossEntropy::new(), rule, settings).unwrap();
                trainer.step(&data, &[0, 1, 2, 3]);
                let (ours, _) = count(|| {
                    for _ in 0..3 {
                        trainer.step(&data, &[0, 1, 2, 3]);
                    }
                });
                assert_eq!(ours, 0, "allocations in three steps of {}", stringify!($kind));
            )*
        }
    };
}

shapeproof::__optimizers! { [check_optimizers] }
