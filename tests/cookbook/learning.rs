//! Solutions of the exercises of the chapters on learning: optimizers, softmax, losses, metrics, the network, training.

use shapeproof::data::mnist::Mnist;
use shapeproof::layer::{LayerPath, Parameter, Role};
use shapeproof::loss::Loss;
use shapeproof::metrics::Confusion;
use shapeproof::optim::{Optimizer, Update};
use shapeproof::prelude::*;

/// Both by its learning rate: `m / √v` is `g / |g|` in the first step.
#[test]
fn the_first_step_of_adam_has_the_size_of_its_learning_rate() {
    let (rule, mut p, mut m, mut v) = (Adam::new(0.01), [5.0_f64, 5.0], [0.0; 2], [0.0; 2]);
    let parameter = Parameter { layer: LayerPath::FIRST, name: "weight", dims: &[2], role: Role::Constant(0.0) };
    let update = Update { parameter, lr: 0.01, step: 1 };
    rule.update(&update, &mut p, &[1000.0, -1.0], &mut [&mut m, &mut v]);
    assert!((p[0] - 4.99).abs() < 1e-8 && (p[1] - 5.01).abs() < 1e-8, "{p:?}");
}

/// The logarithms of the probabilities, or of any numbers in their ratio, such as 1, 2 and 5: a constant added to all changes nothing.
#[test]
fn logits_are_logarithms_and_any_constant() {
    shapeproof::network! { type Shares = [3, 1, 1; f64] => Softmax }
    let logits = [0.125, 0.25, 0.625].map(f64::ln);
    for constant in [0.0, 8f64.ln(), -100.0, 5000.0] {
        let mut output = [Vector::from([f64::NAN; 3])];
        Shares::zeros().predict::<1>(&[Vector::from(logits.map(|z| z + constant))], &mut output, &mut ());
        for (p, expected) in output[0].as_slice().iter().zip([0.125, 0.25, 0.625]) {
            assert!((p - expected).abs() < 1e-12, "{p} {expected}");
        }
    }
}

/// All logits are 0, whatever the data, and each class has a probability of 1/10: ln 10.
#[test]
fn who_knows_nothing_loses_the_logarithm_of_the_classes() {
    network! { type Net = [1, 28, 28] => Conv2D(filters = 2, kernel = 5, stride = 4), ReLU, Flatten, Dense(units = 10) }
    let (mut logits, mut input) = ([Vector::from([f32::NAN; 10])], [Tensor([[[0.0; 28]; 28]])]);
    let digits = Mnist::synthetic(5, 0).train;
    for index in 0..5 {
        let label = digits.load(index, &mut input[0]);
        Net::zeros().predict::<1>(&input, &mut logits, &mut Net::workspace::<1>());
        assert!((CrossEntropy::new().value(&logits[0], &label) - 10f64.ln()).abs() < 1e-12);
    }
}

/// 90 %, which is worth nothing: of class 1 it finds none. The mean of the recalls of both classes is 50 %, as that of any guess.
#[test]
fn who_always_says_the_same_is_right_nine_times_in_ten() {
    let mut confusion = Confusion::<2>::new();
    (0..100).for_each(|sample| confusion.record(usize::from(sample % 10 == 9), 0));
    assert_eq!((confusion.accuracy(), confusion.recall(0), confusion.recall(1)), (0.9, 1.0, 0.0));
    assert_eq!(confusion.macro_average(Confusion::recall), 0.5);
}

/// A filter has a weight for each pixel of its window in each channel, a unit one for each input; both have a bias, and PReLU a slope.
#[test]
fn the_parameters_of_a_network_are_counted_by_hand() {
    network! {
        type DigitNet = [1, 28, 28] =>
            Conv2D(filters = 32, kernel = 3, padding = 1), PReLU, MaxPool2D(window = 2),
            Conv2D(filters = 64, kernel = 3, stride = 2, padding = 2), PReLU, MaxPool2D(window = 2),
            Flatten, Dense(units = 128), PReLU, Dropout(percent = 50), Dense(units = 10),
    }
    let convolutions = (32 * 3 * 3 + 32) + (64 * 32 * 3 * 3 + 64);
    let dense = (128 * 1024 + 128) + (10 * 128 + 10);
    assert_eq!(DigitNet::parameters(), convolutions + dense + 3);
}

#[test]
fn ten_samples_are_learned_by_heart() {
    network! { type Net = [1, 28, 28] => AvgPool2D(window = 2), Flatten, Dense(units = 16), ReLU, Dense(units = 10) }
    let ten = Mnist::synthetic(10, 0).train;
    let optimizer = SGD::new(0.03).nesterov(0.9);
    let mut trainer = Trainer::new(Net::new(1), CrossEntropy::new(), optimizer, Settings::default()).unwrap();
    trainer.fit(&ten, &ten, &Fit { epochs: 100, schedule: &Constant }, &mut []).unwrap();
    let score = trainer.evaluate(&ten);
    assert!(score.loss() < 0.01 && score.accuracy() == 1.0, "{score}");
}
