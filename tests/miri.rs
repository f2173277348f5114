//! A small program that executes every `unsafe` line except the memory map, for Miri (`.ci/sanitizers miri`). It trains a network
//! for a step, predicts, writes and reads it, and multiplies matrices with the packed GEMM.

use shapeproof::data::Pairs;
use shapeproof::io::{Card, Model};
use shapeproof::kernel::gemm::{Write, packed};
use shapeproof::kernel::matrix::Matrix;
use shapeproof::kernel::naive;
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::SGD;
use shapeproof::scalar::Scalar;
use shapeproof::tensor::Tensor;
use shapeproof::train::{Settings, Trainer};

shapeproof::network! {
    type Net = [2, 5, 4] =>
        Conv2D(filters = 3, kernel = [3, 2], padding = 1),
        PReLU,
        MaxPool2D(window = 2),
        Residual(Conv2D(filters = 3, kernel = 3, padding = 1), BatchNorm, ReLU),
        AvgPool2D(window = 2),
        Flatten,
        Dropout(percent = 20),
        Dense(units = 4),
}

#[test]
fn a_step_a_prediction_and_a_model_file() {
    let inputs: Vec<_> = (0..5).map(|i| Tensor([[[i as f32 - 2.0; 4]; 5], [[0.5; 4]; 5]])).collect();
    let data = Pairs::new(&inputs, &[0, 1, 2, 3, 0]);
    let settings =
        Settings { batch_size: 5, shard_size: 2, threads: Some(1), average: Some(0.9), ..Settings::default() };
    let mut trainer = Trainer::new(Net::new(1), CrossEntropy::new(), SGD::new(0.1).nesterov(0.9), settings).unwrap();
    assert!(trainer.step(&data, &[4, 2, 0, 1, 3]).loss().is_finite());

    let model = Model { network: trainer.into_network(), card: Card::default() };
    let again = Model::<Net>::from_bytes(&model.to_bytes().unwrap()).unwrap();
    assert_eq!(again.predict(&inputs[1]), model.predict(&inputs[1]));
}

/// A matrix whose rows or columns are contiguous, with gaps between them.
fn matrix<T>(data: &[T], rows: usize, columns: usize, transposed: bool) -> Matrix<'_, T> {
    let (row_stride, column_stride) = if transposed { (1, rows + 2) } else { (columns + 1, 1) };
    Matrix { data, rows, columns, row_stride, column_stride }
}

fn agrees_with_the_definition<T: Scalar>() {
    let integers = |range: usize| -> Vec<T> { (0..90).map(|i| T::from_f64((i % range) as f64 - 5.0)).collect() };
    let (a, b) = (integers(11), integers(7));
    for (m, k, n) in [(1, 1, 1), (5, 7, 3), (9, 4, 10), (2, 0, 3), (0, 2, 3)] {
        for transposed in [[false, false], [true, false], [false, true], [true, true]] {
            let (a, b) = (matrix(&a, m, k, transposed[0]), matrix(&b, k, n, transposed[1]));
            let (mut found, mut defined) = (vec![T::nan(); m * n], vec![T::nan(); m * n]);
            packed::gemm(a, b, Write::Overwrite, &mut found, n);
            naive::gemm(a, b, Write::Overwrite, &mut defined, n);
            assert_eq!(found, defined, "{m}×{k}×{n}, {transposed:?}");
        }
    }
}

#[test]
fn packed_products_of_any_strides() {
    agrees_with_the_definition::<f32>();
    agrees_with_the_definition::<f64>();
}
