//! From pixels to the name of a class and its probability.

use std::sync::Arc;

use num_traits::Float;
use shapeproof::data::Pairs;
use shapeproof::layer::Module;
use shapeproof::prelude::*;
use shapeproof::scalar::Scalar;
use shapeproof::tensor::{Tensor, flat_mut, zeros};
use shapeproof::train::Threads;

network! {
    type Colors = [3, 4, 5] =>
        Conv2D(filters = 4, kernel = 3, padding = 1),
        ReLU,
        Flatten,
        Dense(units = 3),
}
network! { type Probabilities = [3, 1, 1] => Dense(units = 3), Softmax }
network! { type Logits = [3, 1, 1] => Dense(units = 3) }
network! { type Coin = [1, 1, 1] => Dense(units = 1) }

fn named<N: Module>(network: Box<N>, names: &[&str]) -> Model<N> {
    Model { network, card: Card { classes: names.iter().map(|name| name.to_string()).collect(), ..Card::default() } }
}

fn colors() -> Model<Colors> {
    let mut model = named(Colors::new(2), &["red", "green", "blue"]);
    model.card.preprocessing = Some(Normalize { mean: vec![0.1, 0.5, 0.9], std: vec![0.2, 0.3, 0.4] });
    model
}

/// Images of different noise, interleaved.
fn images(count: usize) -> Vec<[u8; 60]> {
    (0..count)
        .map(|n| std::array::from_fn(|at| (((n + 1) * (at * at + 7 * at + 31) * 2654435761) >> 16) as u8))
        .collect()
}

/// The same image channel by channel.
fn planar(interleaved: &[u8; 60]) -> [u8; 60] {
    std::array::from_fn(|at| interleaved[at % 20 * 3 + at / 20])
}

#[test]
fn the_order_of_pixels_has_a_name() {
    let (model, image) = (colors(), images(1)[0]);
    let (interleaved, planes) = (model.input(Pixels::Hwc(&image)), model.input(Pixels::Chw(&planar(&image))));
    assert_eq!(interleaved, planes);
    assert_eq!(interleaved[[1, 2, 3]], ((f64::from(image[(2 * 5 + 3) * 3 + 1]) / 255.0 - 0.5) / 0.3) as f32);
    assert_ne!(model.input(Pixels::Chw(&image)), planes, "the name is what is believed");
    assert_eq!(model.classify(Pixels::Hwc(&image)), model.classify(Pixels::Chw(&planar(&image))));
}

#[test]
#[should_panic(expected = "pixels of an input of 3×4×5 without the name of their order: write Pixels::Hwc(…)")]
fn a_color_image_without_a_name_is_refused() {
    colors().classify(&images(1)[0]);
}

#[test]
fn many_are_classified_as_one_is() {
    let (model, images) = (Arc::new(colors()), images(21));
    let mut predictor = Predictor::new(Arc::clone(&model));
    let mut classes = Vec::new();
    for count in [0, 1, 7, 8, 9, 16, 21] {
        let mut found = Vec::new();
        predictor.classify_all(images[..count].iter().map(|image| Pixels::Hwc(image)), |prediction| {
            found.push((prediction.class, prediction.name.into_owned(), prediction.probability));
        });
        assert_eq!(found.len(), count);
        for ((class, name, probability), image) in found.into_iter().zip(&images) {
            let one = model.classify(Pixels::Hwc(image));
            assert_eq!((class, &*name), (one.class, &*one.name));
            assert!((probability - one.probability).abs() < 1e-6);
            assert_eq!(name, ["red", "green", "blue"][class]);
            let probabilities = predictor.probabilities(Pixels::Hwc(image));
            assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            assert!((probabilities[class] - probability).abs() < 1e-6);
            classes.push(class);
        }
    }
    classes.sort_unstable();
    classes.dedup();
    assert!(classes.len() > 1, "all images are of one class, which shows little");
}

#[test]
fn outputs_become_probabilities_once() {
    let (mut logits, mut probabilities) = (Logits::new(5), Probabilities::new(5));
    logits.bias = [0.0, 2f32.ln(), 5f32.ln()];
    logits.weight = [[0.0; 3]; 3];
    probabilities.0.copy_from(&logits);
    let (logits, probabilities) = (named(logits, &["a", "b", "c"]), named(probabilities, &["a", "b", "c"]));
    let (from_logits, from_softmax) = (logits.classify(&[9, 9, 9]), probabilities.classify(&[9, 9, 9]));
    for prediction in [&from_logits, &from_softmax] {
        assert_eq!((prediction.class, &*prediction.name), (2, "c"));
        assert!((prediction.probability - 0.625).abs() < 1e-6, "{prediction}");
    }
    assert_eq!(from_logits.to_string(), "c 62.50 %");

    let mut prepared = Predictor::new(&logits);
    assert_eq!(prepared.classify_input(&Vector::from([9.0 / 255.0; 3])), from_logits);

    let mut independent = Predictor::new(&logits).activation(shapeproof::io::Activation::SigmoidOfEach);
    for (found, expected) in independent.probabilities(&[9, 9, 9]).iter().zip([0.5, 2.0 / 3.0, 5.0 / 6.0]) {
        assert!((found - expected).abs() < 1e-6, "{found} {expected}");
    }
}

#[test]
fn one_logit_has_two_classes() -> Result<(), shapeproof::Error> {
    let mut network = Coin::new(1);
    (network.weight, network.bias) = ([[4.0]], [-2.0]);
    let both = named(network, &["tails", "heads"]);
    let both = Model::<Coin>::from_bytes(&both.to_bytes()?)?;
    // σ(2) and 1 − σ(−2) are the same.
    let expected = 1.0 / (1.0 + f64::exp(-2.0));
    for (pixel, class, name) in [(255, 1, "heads"), (0, 0, "tails")] {
        let prediction = both.classify(&[pixel]);
        assert_eq!((prediction.class, &*prediction.name), (class, name));
        assert!((prediction.probability - expected).abs() < 1e-6, "{prediction}");
    }
    let cases: [(&[&str], [&str; 2]); 2] = [(&["heads"], ["not heads", "heads"]), (&[], ["0", "1"])];
    for (names, [off, on]) in cases {
        let mut model = named(Coin::new(1), names);
        model.network.copy_from(&both.network);
        assert_eq!([0, 255].map(|pixel| model.classify(&[pixel]).name.into_owned()), [off, on]);
    }
    Ok(())
}

#[test]
fn an_output_that_is_no_number_gives_no_probability() {
    let mut network = Logits::new(1);
    network.bias[1] = f32::NAN;
    assert!(named(network, &[]).classify(&[0, 0, 0]).probability.is_nan());
}

network! { type Small = [1, 2, 2] => ReLU, GlobalMaxPool2D, Dense(units = 3) }
network! {
    /// A dozen samples are computed together.
    type Medium = [1, 256, 256] => ReLU, GlobalMaxPool2D, Dense(units = 3)
}
network! {
    /// A sample is computed alone.
    type Large = [1, 1024, 768] => ReLU, GlobalMaxPool2D, Dense(units = 3)
}

/// Predicts these samples by two threads, and each alone.
fn many_are_predicted_in_order<const H: usize, const W: usize, N>(network: &N, samples: usize)
where
    N: Module<Scalar = f32, Input = Tensor<1, H, W>, Output = Tensor<3, 1, 1>>,
{
    let mut inputs = zeros::<Tensor<1, H, W>>(samples);
    inputs.iter_mut().enumerate().for_each(|(n, input)| flat_mut(std::slice::from_mut(input))[n % 4] = n as f32 + 1.0);
    let labels: Vec<usize> = (0..samples).collect();
    let data = Pairs::new(&inputs, &labels);
    let each = |output: &Tensor<3, 1, 1>, &label: &usize| (label, output.as_slice().to_vec());
    let predicted = Threads::new(Some(2)).unwrap().infer(network, &data, each);
    let (mut workspace, mut output) = (N::workspace::<1>(), zeros::<N::Output>(1));
    for (n, input) in inputs.chunks(1).enumerate() {
        network.predict::<1>(input, &mut output, &mut workspace);
        assert_eq!(predicted[n], each(&output[0], &n), "{samples} samples of {H}×{W}");
    }
    assert_eq!(predicted.len(), samples);
}

#[test]
fn samples_are_predicted_in_order_however_many_are_computed_together() {
    many_are_predicted_in_order(&*Small::new(1), 131);
    many_are_predicted_in_order(&*Medium::new(2), 61);
    many_are_predicted_in_order(&*Large::new(3), 7);
}

// Layers that threads share, one of each kind.
network! {
    /// A convolution by filter, and a dense layer.
    type Shared = [3, 20, 20] =>
        Conv2D(filters = 32, kernel = 3), BatchNorm, PReLU, MaxPool2D(window = 2), Conv2D(filters = 112, kernel = 3), BatchNorm,
        PReLU, Flatten, Dense(units = 45), PReLU, Dense(units = 10),
}
network! {
    /// One with a max pooling, and one of few positions.
    type SharedPool = [16, 20, 20; f64] =>
        Conv2D(filters = 48, kernel = 3), ReLU, MaxPool2D(window = 2), Conv2D(filters = 64, kernel = 3, padding = 1), LeakyReLU,
        GlobalAvgPool2D, Dense(units = 10),
}
network! {
    /// Rows of whole vectors, and filters that are no whole vector.
    type SharedRows = [16, 16, 16] =>
        Conv2D(filters = 24, kernel = 3, padding = 1), BatchNorm, PReLU, GlobalAvgPool2D, Dense(units = 10),
}

/// Tests samples without and with NaN.
fn one_has_the_same_bits_on_any_number_of_threads<N>()
where
    N: Module<Output = Vector<10, <N as Module>::Scalar>>,
{
    let (mut network, mut inputs) = (N::new(1), zeros::<N::Input>(2));
    let random = |at: u32| N::Scalar::from_f64(f64::from(at.wrapping_mul(2654435761) >> 16) / 65536.0 - 0.5);
    // Every channel has factors, shifts and slopes of its own.
    N::visit([], [&mut *network], &mut |_, [], [numbers]| {
        numbers.iter_mut().zip(0..).for_each(|(number, at)| *number += random(at));
    });
    flat_mut(&mut inputs).iter_mut().zip(0..).for_each(|(pixel, at)| *pixel = random(at));
    flat_mut(&mut inputs[1..])[7] = N::Scalar::nan();
    for input in inputs.chunks(1) {
        let mut expected = zeros::<N::Output>(1);
        network.predict::<1>(input, &mut expected, &mut N::workspace::<1>());
        let bits = |output: &N::Output| bytemuck::bytes_of(output).to_vec();
        for count in 1..=4 {
            let (threads, data) = (Threads::new(Some(count)).unwrap(), Pairs::new(input, &[0]));
            let infer = || threads.infer(&*network, &data, |output, _| bits(output));
            assert_eq!(infer(), [bits(&expected[0])], "{count} threads");
            threads.run(|| (0..30).for_each(|_| assert_eq!(infer(), [bits(&expected[0])], "{count} threads")));
        }
    }
}

#[test]
fn a_sample_that_threads_share_has_the_same_bits() {
    one_has_the_same_bits_on_any_number_of_threads::<Shared>();
    one_has_the_same_bits_on_any_number_of_threads::<SharedPool>();
    one_has_the_same_bits_on_any_number_of_threads::<SharedRows>();
}
