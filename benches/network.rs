//! The whole reference network: a training step on a mini-batch of 64, and inference, whose throughput is in FLOP/s (criterion calls
//! them elements). And the loading of such a mini-batch, with and without augmentation, in images per second.

use std::hint::black_box;

use common::digits::{DigitNet, digits};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use shapeproof::data::{Augment, Dataset, Pairs};
use shapeproof::layer::Module;
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::SGD;
use shapeproof::tensor::{boxed, zeros};
use shapeproof::train::{Settings, Trainer};

fn training_step(c: &mut Criterion) {
    const BATCH: usize = 64;
    let (inputs, labels) = digits(BATCH);
    let data = Pairs::new(&inputs, &labels);
    let order: Vec<u32> = (0..BATCH as u32).collect();
    let mut group = c.benchmark_group("network/training_step/batch-64");
    // The backward pass costs twice the forward pass, except for the gradient of the images, which is not computed.
    let first_layer = 2 * 32 * 784 * 9;
    group.throughput(Throughput::Elements((BATCH * (3 * DigitNet::FLOPS - first_layer)) as u64));
    let mut losses = Vec::new();
    for threads in [1, 2] {
        let settings = Settings { batch_size: BATCH, threads: Some(threads), ..Settings::default() };
        // A learning rate so small that the network does not change in a million steps.
        let optimizer = SGD::new(1e-9).nesterov(0.9);
        let mut trainer =
            Trainer::new(DigitNet::new(1), CrossEntropy::new(), optimizer, settings).expect("the settings are good");
        losses.push(trainer.step(&data, &order).loss().to_bits());
        assert_eq!(losses[0], losses[losses.len() - 1], "the same step on {threads} threads");
        group.bench_function(format!("threads-{threads}"), |bench| bench.iter(|| trainer.step(&data, &order)));
    }
}

/// A mini-batch of 64 as it is loaded for a training step, on one thread. Throughput is in images.
fn augmentation(c: &mut Criterion) {
    const BATCH: usize = 64;
    let (inputs, labels) = digits(BATCH);
    let data = Pairs::new(&inputs, &labels);
    let (mut input, mut scratch) = (boxed(), boxed());
    let mut group = c.benchmark_group("network/load/batch-64");
    group.throughput(Throughput::Elements(BATCH as u64));
    let affine = Augment::new().shift(2).rotate(10.0).scale(0.9..=1.1).shear(10.0);
    let elastic = affine.clone().elastic(1.0, 4.0);
    let all = elastic.clone().erase(0.5, 0.02..=0.2).brightness(0.2).contrast(0.2);
    let plain = Augment::new();
    for (name, augment) in
        [("plain", plain.clone()), ("shift", plain.shift(2)), ("affine", affine), ("elastic", elastic), ("all", all)]
    {
        let data = data.augmented(augment);
        let mut seed = 0;
        group.bench_function(name, |bench| {
            bench.iter(|| {
                for index in 0..BATCH {
                    seed += 1;
                    black_box(data.load_augmented(index, seed, &mut input, &mut scratch));
                }
            });
        });
    }
}

fn inference(c: &mut Criterion) {
    let (network, (inputs, _)) = (DigitNet::new(1), digits(16));
    let mut one = zeros(1);
    let mut sixteen = zeros(16);
    let (mut workspace_1, mut workspace_16) = (DigitNet::workspace::<1>(), DigitNet::workspace::<16>());
    let mut group = c.benchmark_group("network/inference");
    group.throughput(Throughput::Elements(DigitNet::FLOPS as u64));
    group.bench_function("batch-1", |bench| {
        bench.iter(|| network.predict::<1>(black_box(&inputs[..1]), &mut one, &mut workspace_1));
    });
    group.throughput(Throughput::Elements(16 * DigitNet::FLOPS as u64));
    group.bench_function("batch-16", |bench| {
        bench.iter(|| network.predict::<16>(black_box(&inputs), &mut sixteen, &mut workspace_16));
    });
}

criterion_group!(benches, training_step, augmentation, inference);
criterion_main!(benches);
