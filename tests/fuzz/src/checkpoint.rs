//! Any bytes loaded as a checkpoint: refused, with the trainer unchanged, or a training that can be resumed.

use shapeproof::data::Pairs;
use shapeproof::io::{Card, checkpoint_from_bytes, checkpoint_to_bytes};
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::{Constant, SGD};
use shapeproof::tensor::Vector;
use shapeproof::train::{Fit, Settings, Trainer};

use super::bytes::signed;
use super::model::{MESSAGE, numbers};

shapeproof::network! { pub type Net = [2, 1, 1] => Dense(units = 3), BatchNorm, ReLU, Dense(units = 2) }

type Xor = Trainer<Net, CrossEntropy<2>, SGD>;

const EPOCHS: usize = 3;

/// A training with a velocity, a moving average, and a best epoch.
fn trainer() -> Xor {
    let settings = Settings { batch_size: 3, threads: Some(1), seed: 5, average: Some(0.9), ..Settings::default() };
    let trainer = Trainer::new(Net::new(5), CrossEntropy::new(), SGD::new(1e-3).nesterov(0.9), settings);
    trainer.unwrap_or_else(|error| panic!("{error}"))
}

/// Resumes it to the end.
fn finish(trainer: &mut Xor) -> shapeproof::Result<usize> {
    let inputs = [[0., 0.], [0., 1.], [1., 0.], [1., 1.], [0.5, 0.], [0.5, 1.]].map(Vector::from);
    let data = Pairs::new(&inputs, &[0, 1, 1, 0, 0, 1]);
    let fit = Fit { epochs: EPOCHS, schedule: &Constant };
    trainer.resume(&data, &data, &fit, &mut []).map(|history| history.epochs.len())
}

/// A checkpoint after `epochs` of them.
pub fn seed(steps: u64) -> Vec<u8> {
    let mut trainer = trainer();
    if steps > 0 {
        finish(&mut trainer).unwrap_or_else(|error| panic!("{error}"));
    }
    checkpoint_to_bytes(trainer.state(), &Card::default()).unwrap_or_else(|error| panic!("{error}"))
}

pub fn fuzz(bytes: &[u8]) {
    load(bytes);
    if let Some(signed) = signed(bytes) {
        load(&signed);
    }
}

fn load(bytes: &[u8]) {
    let mut trainer = trainer();
    let before = numbers(trainer.network());
    match checkpoint_from_bytes(bytes, &mut trainer) {
        Ok(_) => {
            let again = checkpoint_to_bytes(trainer.state(), &Card::default());
            again.unwrap_or_else(|error| panic!("a state that was read cannot be written: {error}"));
            // It may be refused (different data or epochs) or diverge, with an error.
            if let Ok(epochs) = finish(&mut trainer) {
                assert!(epochs >= EPOCHS);
            }
        }
        Err(error) => {
            assert!(error.to_string().len() <= MESSAGE, "an error of {} bytes", error.to_string().len());
            assert!(numbers(trainer.network()) == before && trainer.steps() == 0, "the trainer was touched");
        }
    }
}
