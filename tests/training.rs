//! Whole trainings: the same bits on any number of threads, digits are learned, a stop in between.

mod common;

use common::numbers::numbers;
use common::training::{digits, without_times};
use shapeproof::data::{Augment, Dataset, HeldOut, Pairs};
use shapeproof::kernel::conv2d::Plan;
use shapeproof::layer::{Conv2D, Module};
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::{Constant, Cosine, Linear, SGD, Warmup};
use shapeproof::tensor::{Vector, flat, zeros};
use shapeproof::train::{Callback, Clip, Control, Fit, History, Progress, Settings, State, Trainer};

shapeproof::network! {
    /// Every layer whose result could depend on how a mini-batch is split; the data are augmented too.
    type Net = [1, 28, 28] =>
        Conv2D(filters = 4, kernel = 5, stride = 2),
        BatchNorm,
        PReLU(per_channel = true),
        MaxPool2D(window = 3, stride = 2, padding = 1),
        Residual(
            Conv2D(filters = 6, kernel = 3, padding = 1), BatchNorm, ReLU, Dropout(percent = 10),
            shortcut = (Conv2D(filters = 6, kernel = 1), BatchNorm),
        ),
        Residual(Dropout(percent = 10), Conv2D(filters = 6, kernel = 3, padding = 1), BatchNorm, AvgPool2D(window = 1)),
        Dropout(percent = 20),
        Flatten,
        Dense(units = 24),
        BatchNorm,
        ReLU,
        Dropout,
        Dense(units = 10),
}

/// Trains for three epochs on 150 digits in batches of 32, the last one of 22. Returns all parameters and the history.
fn train(threads: usize) -> (Vec<f32>, History) {
    let (inputs, labels) = digits(200);
    let data = Pairs::new(&inputs, &labels);
    let (training, validation) = data.split(HeldOut::Count(50));
    let settings = Settings {
        batch_size: 32,
        shard_size: 5,
        threads: Some(threads),
        seed: 3,
        average: Some(0.9),
        clip: Some(Clip::Norm(1.0)),
        ..Settings::default()
    };
    let optimizer = SGD::new(0.02).nesterov(0.9).weight_decay(1e-4);
    let mut trainer = Trainer::new(Net::new(3), CrossEntropy::new(), optimizer, settings).unwrap();
    let fit = Fit { epochs: 3, schedule: &Warmup::new(2, Cosine) };
    let augment =
        Augment::new().flip_horizontal(0.1).scale(0.9..=1.1).shear(5.0).rotate(10.0).shift(2).elastic(0.5, 4.0);
    let augment = augment.erase(0.2, 0.02..=0.1).brightness(0.2).contrast(0.2);
    let history = trainer.fit(&training.augmented(augment), &validation, &fit, &mut []).unwrap();
    (numbers(trainer.network()), without_times(history))
}

#[test]
fn a_seed_gives_the_same_bits_on_any_number_of_threads() {
    let (numbers, history) = train(1);
    assert!(history.epochs[2].train.loss() < history.epochs[0].train.loss(), "{history}");
    for threads in 2..=5 {
        let (others, other_history) = train(threads);
        let differ = numbers.iter().zip(&others).filter(|(a, b)| a.to_bits() != b.to_bits()).count();
        assert_eq!(differ, 0, "parameters that differ on {threads} threads");
        assert_eq!(history, other_history, "on {threads} threads");
    }
}

shapeproof::network! {
    /// Its second convolution is computed by another algorithm in training than in inference.
    type Tiled = [1, 28, 28] =>
        Conv2D(filters = 47, kernel = 3, stride = 2, padding = 1),
        ReLU,
        Conv2D(filters = 46, kernel = 3, padding = 1),
        GlobalAvgPool2D,
        Dense(units = 10),
}

#[test]
fn training_in_tiles_has_the_same_bits_on_any_number_of_threads_and_predicts_what_inference_does() {
    type Second = Conv2D<47, 14, 14, 46, 14, 14, 3, 3, 1, 1, 1, 1>;
    assert!(matches!(Plan::backward::<f32>(&Second::GEOMETRY, 1), Plan::Winograd(_)));
    let (inputs, labels) = digits(24);
    let data = Pairs::new(&inputs, &labels);
    let train = |threads| {
        let settings = Settings { batch_size: 12, shard_size: 5, threads: Some(threads), ..Settings::default() };
        let mut trainer = Trainer::new(Tiled::new(3), CrossEntropy::new(), SGD::new(0.02), settings).unwrap();
        trainer.fit(&data, &data, &Fit { epochs: 1, schedule: &Constant }, &mut []).unwrap();
        trainer
    };
    let trainer = train(1);
    let network = trainer.network();
    assert_eq!(numbers(network), numbers(train(3).network()));

    let (mut in_training, mut in_inference) = (zeros::<Vector<10>>(24), zeros::<Vector<10>>(24));
    network.forward_pass(&inputs, &mut in_training, &mut Tiled::tape(24));
    network.predict(&inputs, &mut in_inference, &mut Tiled::workspace::<24>());
    for (found, expected) in flat(&in_training).iter().zip(flat(&in_inference)) {
        assert!((found - expected).abs() < 1e-5, "{found} in training, {expected} in inference");
    }
}

#[test]
fn synthetic_digits_are_learned() {
    shapeproof::network! {
        type Small = [1, 28, 28] =>
            Conv2D(filters = 4, kernel = 5, stride = 2), ReLU, MaxPool2D(window = 2), Flatten, Dense(units = 10)
    }
    let (inputs, labels) = digits(600);
    let data = Pairs::new(&inputs, &labels);
    let (training, validation) = data.split(HeldOut::Count(100));
    let settings = Settings { batch_size: 16, ..Settings::default() };
    let mut trainer = Trainer::new(Small::new(1), CrossEntropy::new(), SGD::new(0.05).nesterov(0.9), settings).unwrap();
    let fit = Fit { epochs: 6, schedule: &Linear };
    let history = trainer.fit(&training, &validation, &fit, &mut []).unwrap();
    let accuracy = history.epochs[5].validation.unwrap().accuracy();
    assert!(accuracy > 0.8, "chance is 0.1, this is {accuracy}\n{history}");
}

shapeproof::network! { type Tiny = [2, 1, 1] => Dense(units = 3), ReLU }

#[test]
#[should_panic(expected = "2 inputs, but room for 1 outputs")]
fn a_prediction_needs_as_many_outputs_as_inputs() {
    let mut output = zeros::<Vector<3>>(1);
    Tiny::new(1).predict::<2>(&[Vector::from([1.0, 2.0]); 2], &mut output, &mut Tiny::workspace::<2>());
}

#[test]
#[should_panic(expected = "2 samples, but a workspace for 1")]
fn a_prediction_needs_a_workspace_large_enough() {
    let mut output = zeros::<Vector<3>>(2);
    Tiny::new(1).predict::<1>(&[Vector::from([1.0, 2.0]); 2], &mut output, &mut Tiny::workspace::<1>());
}

/// Stops at a given step, and counts its calls.
struct StopAt(usize, usize);

impl<N: Module> Callback<N> for StopAt {
    fn on_step(&mut self, progress: &Progress, _: &State<N>) -> Control {
        self.1 += 1;
        assert_eq!((progress.steps, progress.epochs), (3, 4));
        if self.1 == self.0 { Control::Stop } else { Control::Continue }
    }
}

#[test]
fn a_callback_stops_within_an_epoch() {
    let inputs = [Vector::from([1.0, 2.0]); 5];
    let data = Pairs::new(&inputs, &[0, 1, 1, 2, 0]);
    let settings = Settings { batch_size: 2, ..Settings::default() };
    let mut trainer = Trainer::new(Tiny::new(1), CrossEntropy::<3>::new(), SGD::new(0.1), settings).unwrap();
    let mut stop = StopAt(5, 0);
    let fit = Fit { epochs: 4, schedule: &Constant };
    let history = trainer.fit(&data, &data, &fit, &mut [&mut stop]).unwrap();
    assert!(history.stopped_early);
    assert_eq!(history.epochs.len(), 2);
    assert_eq!((history.epochs[0].train.samples, history.epochs[1].train.samples), (5, 4));
    assert!(history.epochs[0].validation.is_some() && history.epochs[1].validation.is_none());
    assert_eq!(trainer.steps(), 5);
}
