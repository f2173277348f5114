//! The same bits on any number of processes and threads, over whole trainings.

use std::fmt::Write;

use num_traits::ToPrimitive;
use shapeproof::Error;
use shapeproof::data::Augment;
use shapeproof::layer::{Dense, Module};
use shapeproof::network::Chain;
use shapeproof::optim::Optimizer;
use shapeproof::prelude::*;
use shapeproof::train::{Clip, Processes};

use super::common::training;
use super::mpirun;

network! {
    /// No barriers: PReLU, dropout.
    type Plain = [1, 28, 28] =>
        Conv2D(filters = 5, kernel = 3, stride = 2, padding = 1), PReLU, MaxPool2D(window = 2), Flatten,
        Dense(units = 13), PReLU, Dropout(percent = 30), Dense(units = 10),
}

network! {
    /// Barriers in a row, in two branches at once, and in one alone.
    type Normalized = [1, 28, 28] =>
        Conv2D(filters = 6, kernel = 3, stride = 2), BatchNorm, ReLU,
        Residual(
            Conv2D(filters = 8, kernel = 3, stride = 2, padding = 1), BatchNorm, ReLU,
            Conv2D(filters = 8, kernel = 3, padding = 1), BatchNorm,
            shortcut = (Conv2D(filters = 8, kernel = 1, stride = 2), BatchNorm),
        ),
        Concat((Conv2D(filters = 3, kernel = 1), BatchNorm), (Conv2D(filters = 2, kernel = 1),)),
        Dropout(percent = 20), GlobalAvgPool2D, Dense(units = 10),
}

/// What a training leaves: all numbers, and the scores of all epochs.
fn left<N: Module>(network: &N, history: &History) -> String {
    let mut text = String::new();
    let mut sum = 0xcbf2_9ce4_8422_2325u64;
    N::visit([network], [], &mut |_, [numbers], []| {
        for number in numbers {
            sum = (sum ^ number.to_f64().unwrap().to_bits()).wrapping_mul(0x0000_0100_0000_01b3);
        }
    });
    write!(text, "{sum:016x}").unwrap();
    for epoch in &history.epochs {
        let validation = epoch.validation.unwrap();
        write!(text, " {:016x} {:016x}", epoch.train.loss_sum.to_bits(), validation.loss_sum.to_bits()).unwrap();
    }
    text
}

/// 131 digits are two mini-batches of 50 and one of 31: eight shards of up to seven samples, and five.
fn settings(threads: usize, processes: Option<Processes>) -> Settings {
    Settings { batch_size: 50, shard_size: 7, threads: Some(threads), seed: 3, processes, ..Settings::default() }
}

/// A training of a network that classifies digits, with everything that a step may have.
fn digits<N>(settings: Settings, optimizer: impl Optimizer) -> String
where
    N: Module<Scalar = f32, Input = Tensor<1, 28, 28>, Output = Vector<10>>,
{
    let (inputs, labels) = training::digits(191);
    let (train, validation) = Pairs::new(&inputs, &labels).split(HeldOut::Count(60));
    let train = train.augmented(Augment::new().shift(2).rotate(8.0));
    let settings = Settings { average: Some(0.9), clip: Some(Clip::Norm(1.0)), ..settings };
    let mut trainer = Trainer::new(N::new(5), CrossEntropy::new(), optimizer, settings).unwrap();
    let fit = Fit { epochs: 3, schedule: &Warmup::new(2, Cosine) };
    let history = trainer.fit(&train, &validation, &fit, &mut [&mut EarlyStop::new(2)]).unwrap();
    let evaluated = trainer.evaluate(&validation);
    format!("{} {:016x}", left(trainer.network(), &history), evaluated.loss_sum.to_bits())
}

/// A training in `f64`, of numbers, on mini-batches of one shard.
fn numbers(settings: Settings) -> String {
    let inputs: Vec<_> = (0..90).map(|i| Vector::from([f64::from(i % 10) / 10.0, f64::from(i / 10) / 10.0])).collect();
    let targets: Vec<_> = inputs.iter().map(|x| Vector::from([x[[0, 0, 0]] * 0.3 - x[[1, 0, 0]].sin()])).collect();
    let (train, validation) = Pairs::new(&inputs, &targets).split(HeldOut::Count(20));
    let settings = Settings { batch_size: 9, shard_size: 9, ..settings };
    let network = Chain::<Dense<2, 8, f64>, Dense<8, 1, f64>>::new(5);
    let mut trainer = Trainer::new(network, MSE::new(), SGD::new(0.01).nesterov(0.9), settings).unwrap();
    let history = trainer.fit(&train, &validation, &Fit { epochs: 3, schedule: &Constant }, &mut []).unwrap();
    left(trainer.network(), &history)
}

/// Everything, on this many threads of each process.
fn all(threads: usize, processes: Option<Processes>) -> String {
    let settings = settings(threads, processes);
    let plain = digits::<Plain>(settings, SGD::new(0.05).nesterov(0.9));
    let normalized = digits::<Normalized>(settings, AdamW::new(0.01));
    format!("{plain} | {normalized} | {}", numbers(settings))
}

#[test]
#[ignore = "a part of another test"]
fn train_everything() {
    if mpirun::is_child() {
        Processes::run(|processes| {
            for threads in [1, 2] {
                println!("RESULT {}", all(threads, Some(processes)));
            }
            Ok::<_, Error>(())
        });
    }
}

#[test]
fn a_training_has_the_same_bits_on_any_number_of_processes_and_threads() {
    let alone = all(1, None);
    for count in (1..=5).filter(|_| mpirun::is_there()) {
        let output = mpirun::output(&mut mpirun::of_test(count, "bits::train_everything"));
        let results = mpirun::lines(&output, "RESULT ");
        assert_eq!(results.len(), 2 * count, "{count}: {output:?}");
        for result in results {
            assert_eq!(result, alone, "{count} processes");
        }
    }
}
