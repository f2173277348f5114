//! What the page must compute, computed here: `WEB_EXPECTED=FOLDER cargo test --package shapeproof-web --features portable` writes it
//! there, for the test in the browser to compare.

use std::fs;
use std::path::{Path, PathBuf};

use shapeproof_web::digits::Digits;
use shapeproof_web::network::Opened;
use shapeproof_web::networks::{Plain, Small, Strided};
use shapeproof_web::training::{Choice, Started, Training};

type Start = fn(&Choice, Digits) -> Started;

/// How often a step is taken.
const STEPS: usize = 40;

/// A training of each architecture with each optimizer, in the order of their numbers: all parameters at the end.
fn trained() -> Vec<f32> {
    let starts: [Start; 3] =
        [Training::<Small, 10>::start, Training::<Strided, 10>::start, Training::<Plain, 10>::start];
    let mut numbers = Vec::new();
    for (architecture, start) in starts.iter().enumerate() {
        for optimizer in 0..5 {
            let choice = Choice { optimizer, lr: 0.003, batch_size: 32, dropout: 25, seed: 7 };
            let mut training = start(&choice, Digits::synthetic(500, 7)).unwrap();
            let losses: Vec<f64> = (0..STEPS).map(|_| training.step()).collect();
            assert!(losses[STEPS - 1] < losses[0], "architecture {architecture}, optimizer {optimizer}: {losses:?}");
            numbers.extend(training.parameters());
        }
    }
    numbers
}

/// The real digits, if they are here.
fn mnist() -> Option<Digits> {
    let folder = std::env::var_os("MNIST_DIR").map_or(Path::new("../../../shared/data/mnist").into(), PathBuf::from);
    let [images, labels] = ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"].map(|file| fs::read(folder.join(file)));
    Some(Digits::read([&images.ok()?, &labels.ok()?]).unwrap())
}

#[test]
fn the_page_computes_this() {
    let trained = trained();
    assert!(trained.iter().all(|number| number.is_finite()));
    let mut network = Opened::<Small, 10>::random(1);
    network.open(include_bytes!("../../models/digits.safetensors")).unwrap();
    let digits = mnist().unwrap_or_else(|| {
        println!("SKIPPED in part: no MNIST in MNIST_DIR, so 200 embedded digits are classified instead of 500");
        Digits::samples().unwrap()
    });
    let classes: Vec<u8> = digits.images.iter().take(500).map(|image| largest(&network.probabilities(image))).collect();
    let right = classes.iter().zip(&digits.labels).filter(|(class, label)| class == label).count();
    assert!(100 * right >= 97 * classes.len(), "{right} of {}", classes.len());

    if let Some(folder) = std::env::var_os("WEB_EXPECTED") {
        let folder = Path::new(&folder);
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("trained"), bytemuck::cast_slice(&trained)).unwrap();
        fs::write(folder.join("classes"), classes).unwrap();
        fs::write(folder.join("images"), bytemuck::cast_slice(&digits.images[..500.min(digits.images.len())])).unwrap();
    }
}

fn largest(probabilities: &[f32]) -> u8 {
    let (class, _) = probabilities.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
    class as u8
}
