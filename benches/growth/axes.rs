//! The sizes that grow, and their networks.

use std::fmt;
use std::marker::PhantomData;

use common::digits::{DigitNet, digits};
use shapeproof::data::Pairs;
use shapeproof::layer::{Conv2D, LeakyReLU, Module};
use shapeproof::loss::{CrossEntropy, Loss};
use shapeproof::network::{Chain, Network};
use shapeproof::optim::SGD;
use shapeproof::shape::Shape;
use shapeproof::tensor::{flat_mut, zeros};
use shapeproof::train::{Settings, Trainer};

/// One size that grows while all others are fixed.
pub struct Axis {
    pub name: &'static str,
    pub points: Vec<Point>,
    /// The reference point of the others.
    pub reference: usize,
}

/// A training step on one thread.
pub struct Point {
    pub size: usize,
    /// Samples in a step.
    pub samples: usize,
    /// Floating-point operations of the step's convolutions and dense layers.
    pub flops: f64,
    pub step: Box<dyn FnMut()>,
}

type Conv<const C: usize, const S: usize> = Conv2D<C, S, S, C, S, S, 3, 3, 1, 1, 1, 1>;
type Leaky<const C: usize, const S: usize> = LeakyReLU<C, S, S, { 0.01f64.to_bits() }>;
type Block<const C: usize, const S: usize> = Chain<Conv<C, S>, Leaky<C, S>>;

/// Two 3×3 convolutions, C → C channels on S×S pixels: the second computes the gradient of its input, the first does not.
type Pair<const C: usize, const S: usize> = Chain<Block<C, S>, Block<C, S>>;

/// Convolutions 16 → 16 on 16×16 pixels; the name gives their number.
type One = Block<16, 16>;
type Two = Chain<One, One>;
type Three = Chain<Two, One>;
type Four = Chain<Two, Two>;
type Six = Chain<Three, Three>;
type Eight = Chain<Four, Four>;
type Twelve = Chain<Six, Six>;
type Sixteen = Chain<Eight, Eight>;

/// Samples in a step, when another size grows.
const SAMPLES: usize = 16;

pub fn all() -> [Axis; 4] {
    [batch_size(), channels(), image_size(), depth()]
}

/// The reference network.
fn batch_size() -> Axis {
    let sizes = [1, 2, 3, 4, 7, 8, 16, 17, 32, 33, 64, 100, 128, 256, 512];
    let point = |samples| {
        let (inputs, labels) = digits(samples);
        let flops = step_flops::<DigitNet>(2 * 32 * 784 * 9);
        Point {
            size: samples,
            samples,
            flops: flops * samples as f64,
            step: step::<DigitNet, _>(CrossEntropy::new(), inputs, labels),
        }
    };
    Axis { name: "batch size", points: sizes.map(point).into(), reference: 10 }
}

macro_rules! pairs {
    ($([$c:literal, $s:literal] $size:literal),*) => {
        vec![$(of_convolutions::<Pair<$c, $s>, Conv<$c, $s>>($size)),*]
    };
}

fn channels() -> Axis {
    let points = pairs!(
        [4, 16] 4, [7, 16] 7, [8, 16] 8, [16, 16] 16, [24, 16] 24, [32, 16] 32, [33, 16] 33, [48, 16] 48, [64, 16] 64,
        [100, 16] 100, [128, 16] 128, [192, 16] 192, [256, 16] 256
    );
    Axis { name: "channels", points, reference: 5 }
}

fn image_size() -> Axis {
    let points = pairs!(
        [16, 8] 8, [16, 11] 11, [16, 16] 16, [16, 24] 24, [16, 28] 28, [16, 32] 32, [16, 33] 33, [16, 48] 48, [16, 64] 64,
        [16, 100] 100, [16, 128] 128
    );
    Axis { name: "image size", points, reference: 5 }
}

fn depth() -> Axis {
    type Link = Conv<16, 16>;
    let points = vec![
        of_convolutions::<One, Link>(1),
        of_convolutions::<Two, Link>(2),
        of_convolutions::<Three, Link>(3),
        of_convolutions::<Four, Link>(4),
        of_convolutions::<Six, Link>(6),
        of_convolutions::<Eight, Link>(8),
        of_convolutions::<Twelve, Link>(12),
        of_convolutions::<Sixteen, Link>(16),
    ];
    Axis { name: "depth", points, reference: 3 }
}

/// The operations of the forward pass, the gradient of the weights, and that of the inputs, which the first layer does not compute.
fn step_flops<N: Module>(first: usize) -> f64 {
    (3 * N::FLOPS - first) as f64
}

fn of_convolutions<N: Module<Scalar = f32>, First: Module>(size: usize) -> Point {
    let mut inputs = zeros::<N::Input>(SAMPLES);
    for (i, pixel) in flat_mut(&mut inputs).iter_mut().enumerate() {
        *pixel = (i * 7919 % 1009) as f32 / 504.25 - 1.0;
    }
    let flops = SAMPLES as f64 * step_flops::<N>(First::FLOPS);
    Point { size, samples: SAMPLES, flops, step: step::<N, _>(Energy(PhantomData), inputs, vec![(); SAMPLES]) }
}

/// One training step on all inputs.
fn step<N, L>(loss: L, inputs: Box<[N::Input]>, targets: Vec<L::Target>) -> Box<dyn FnMut()>
where
    N: Module<Scalar = f32>,
    L: Loss<Output = N::Output, Target: 'static> + 'static,
{
    let settings = Settings { batch_size: inputs.len(), threads: Some(1), ..Settings::default() };
    // A learning rate so small that the network does not change in a million steps.
    let mut trainer = Trainer::new(N::new(1), loss, SGD::new(1e-12), settings).expect("the settings are good");
    let order: Vec<u32> = (0..inputs.len() as u32).collect();
    Box::new(move || {
        let score = trainer.step(&Pairs::new(&inputs, &targets), &order);
        assert!(score.loss().is_finite(), "the loss is {}", score.loss());
    })
}

/// A loss of negligible cost: its gradient is that of `½ Σ y²`, which is nowhere zero. Of the sum itself, which is not used, only
/// the first term is computed.
struct Energy<S>(PhantomData<S>);

impl<S> fmt::Display for Energy<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("energy")
    }
}

impl<S: Shape<Scalar = f32>> Loss for Energy<S> {
    type Output = S;
    type Target = ();

    fn value(&self, output: &S, (): &()) -> f64 {
        output.as_slice().first().map_or(0.0, |&y| 0.5 * f64::from(y).powi(2))
    }

    fn gradient(&self, output: &S, (): &(), scale: f32, grad_output: &mut S) -> f64 {
        for (gradient, &y) in grad_output.as_mut_slice().iter_mut().zip(output.as_slice()) {
            *gradient = scale * y;
        }
        self.value(output, &())
    }
}
