//! The two halves of a step, and changes to the gradient between them.

use shapeproof::data::Pairs;
use shapeproof::layer::Module;
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::SGD;
use shapeproof::tensor::{Tensor, flat_mut, zeros};
use shapeproof::train::{Settings, Trainer};

shapeproof::network! {
    /// With running statistics, which are not part of the gradient.
    type Net = [2, 5, 4] => Conv2D(filters = 3, kernel = 3, padding = 1), BatchNorm, ReLU, Flatten, Dense(units = 4)
}

shapeproof::network! { type Plain = [2, 5, 4] => Conv2D(filters = 3, kernel = 3), ReLU, Flatten, Dense(units = 4) }

type Classifier<N> = Trainer<N, CrossEntropy<4>, SGD>;

const ORDER: [u32; 7] = [6, 0, 3, 2, 5, 1, 4];
const LABELS: [usize; 7] = [0, 3, 1, 2, 2, 0, 1];

fn inputs() -> Box<[Tensor<2, 5, 4>]> {
    let mut inputs = zeros(7);
    for (i, x) in flat_mut::<Tensor<2, 5, 4>>(&mut inputs).iter_mut().enumerate() {
        *x = (i * i % 31) as f32 / 31.0 - 0.5;
    }
    inputs
}

fn trainer<N: Module<Scalar = f32, Output = shapeproof::tensor::Vector<4>>>(threads: usize) -> Classifier<N> {
    let settings = Settings {
        batch_size: 7,
        shard_size: 2,
        threads: Some(threads),
        average: Some(0.9),
        clip: None,
        seed: 1,
        ..Settings::default()
    };
    Trainer::new(N::new(1), CrossEntropy::new(), SGD::new(0.5).momentum(0.9), settings).unwrap()
}

/// All numbers of a network; those of trained parameters come first.
fn numbers<N: Module<Scalar = f32>>(network: &N) -> (Vec<f32>, Vec<f32>) {
    let (mut trained, mut statistics) = (Vec::new(), Vec::new());
    N::visit([network], [], &mut |parameter, [numbers], []| {
        let all = if parameter.role.is_trained() { &mut trained } else { &mut statistics };
        all.extend_from_slice(numbers);
    });
    (trained, statistics)
}

fn two_halves_are_a_step<N>()
where
    N: Module<Scalar = f32, Input = Tensor<2, 5, 4>, Output = shapeproof::tensor::Vector<4>>,
{
    let inputs = inputs();
    let data = Pairs::new(&inputs, &LABELS);
    let mut whole = trainer::<N>(1);
    let scores = [0, 1].map(|_| whole.step(&data, &ORDER));
    for threads in 1..=3 {
        let mut halves = trainer::<N>(threads);
        let before = numbers(halves.network());
        drop(halves.gradients(&data, &ORDER));
        assert_eq!((numbers(halves.network()), halves.steps()), (before, 0), "a step that is dropped is not taken");
        for score in scores {
            let gradients = halves.gradients(&data, &ORDER);
            assert_eq!(gradients.score(), score);
            assert_eq!(gradients.update(), score);
        }
        assert_eq!((numbers(halves.network()), halves.steps()), (numbers(whole.network()), 2), "{threads} threads");
    }
}

#[test]
fn two_halves_are_a_step_with_barriers_and_without() {
    two_halves_are_a_step::<Plain>();
    two_halves_are_a_step::<Net>();
}

#[test]
fn a_gradient_is_clipped_by_its_norm() {
    let inputs = inputs();
    let data = Pairs::new(&inputs, &LABELS);
    let mut norms = Vec::new();
    for threads in 1..=3 {
        let mut trainer = trainer::<Net>(threads);
        let mut gradients = trainer.gradients(&data, &ORDER);
        let (norm, (trained, statistics)) = (gradients.norm(), numbers(gradients.gradient()));
        let expected = trained.iter().map(|&g| f64::from(g).powi(2)).sum::<f64>().sqrt();
        assert!((norm - expected).abs() < 1e-12 && norm > 0.1, "{norm}, not {expected}");
        assert!(statistics.iter().any(|&number| number != 0.0));
        norms.push(norm.to_bits());

        gradients.scale(0.1 / norm);
        assert!((gradients.norm() - 0.1).abs() < 1e-6);
        let (scaled, left) = numbers(gradients.gradient());
        assert!(scaled.iter().zip(&trained).all(|(s, g)| (f64::from(*s) - f64::from(*g) * 0.1 / norm).abs() < 1e-8));
        assert_eq!(left, statistics, "statistics are no gradient");
    }
    assert_eq!(norms, [norms[0]; 3], "the same bits on any number of threads");
}

#[test]
fn what_is_changed_is_what_moves_the_network() {
    let inputs = inputs();
    let data = Pairs::new(&inputs, &LABELS);
    let mut trainer = trainer::<Net>(2);
    let mut before = Vec::new();
    Net::visit([trainer.network()], [], &mut |_, [numbers], []| before.push(numbers.to_vec()));
    let mut gradients = trainer.gradients(&data, &ORDER);
    Net::visit([], [gradients.gradient_mut()], &mut |parameter, [], [numbers]| {
        if parameter.role.is_trained() {
            numbers.fill(if parameter.to_string() == "4.bias" { 1.0 } else { 0.0 });
        }
    });
    gradients.update();
    let mut before = before.iter();
    Net::visit([&*trainer.into_network()], [], &mut |parameter, [numbers], []| {
        let moved = numbers.iter().zip(before.next().unwrap()).any(|(a, b)| a != b);
        assert_eq!(moved, parameter.to_string() == "4.bias" || !parameter.role.is_trained(), "{parameter}");
    });
}
