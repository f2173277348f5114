//! t
use shapeproof::data::Pairs;
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::SGD;
use shapeproof::tensor::{Tensor, zeros};
use shapeproof::train::{Settings, Trainer};
use std::time::Instant;
shapeproof::network! {
    /// n
    pub type DigitNet = [1, 28, 28] =>
        Conv2D(filters = 32, kernel = 3, padding = 1), PReLU, MaxPool2D(window = 2),
        Conv2D(filters = 64, kernel = 3, stride = 2, padding = 2), PReLU, MaxPool2D(window = 2),
        Flatten, Dense(units = 128), PReLU, Dropout(percent = 50), Dense(units = 10),
}
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let threads: usize = a[1].parse().unwrap();
    let shard: usize = a[2].parse().unwrap();
    let mut s = 12345u32;
    let mut r = || {
        s = s.wrapping_mul(1664525).wrapping_add(1013904223);
        s >> 16
    };
    let mut x = zeros::<Tensor<1, 28, 28>>(4096);
    for t in &mut x {
        for p in t.as_mut_slice() {
            *p = (r() & 255) as f32 / 255.0;
        }
    }
    let labels: Vec<usize> = (0..4096).map(|_| r() as usize % 10).collect();
    let data = Pairs::new(&x, &labels);
    let mut tr = Trainer::new(
        DigitNet::new(1),
        CrossEntropy::new(),
        SGD::new(0.01).nesterov(0.9),
        Settings { batch_size: 64, shard_size: shard, threads: Some(threads), seed: 1 },
    )
    .unwrap();
    let order: Vec<u32> = (0..4096).collect();
    let mut ts = vec![];
    for i in 0..320 {
        let t = Instant::now();
        tr.step(&data, &order[i % 64 * 64..][..64]);
        ts.push(t.elapsed().as_secs_f64() * 1e3);
    }
    let mut ts = ts[20..].to_vec();
    ts.sort_by(f64::total_cmp);
    println!(
        "threads {threads} shard {shard}: median {:.3} p10 {:.3} min {:.3}",
        ts[ts.len() / 2],
        ts[ts.len() / 10],
        ts[0]
    );
}
