//! Squeeze-and-excitation: a network that weighs its own channels, by what is in the whole image.
//!
//! The mean of every channel (squeeze) goes through two small dense layers (excitation), which give a factor for each channel. The
//! block is a network of its own, used by its name. After the training, the factors that it gives for each digit are printed.
//!
//! ```text
//! cargo run --release --example squeeze_excitation
//! ```
//!
//! (Hu, Shen and Sun 2018, "Squeeze-and-excitation networks".)

#[path = "shared/bar.rs"]
mod bar;
#[path = "shared/output.rs"]
mod output;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use shapeproof::data::Dataset;
use shapeproof::data::mnist::Mnist;
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::{Linear, SGD};
use shapeproof::tensor::{Tensor, Vector, zeros};
use shapeproof::train::{Fit, Settings, Trainer};

const CHANNELS: usize = 8;

shapeproof::network! {
    /// What finds the features of an image.
    type Features = [1, 28, 28] => Conv2D(filters = CHANNELS, kernel = 5, stride = 2), ReLU, MaxPool2D(window = 2) // 8×6×6
}

shapeproof::network! {
    /// Multiplies each channel by a factor from 0 to 1.
    type SqueezeExcitation = [CHANNELS, 6, 6] =>
        Gate(
            GlobalAvgPool2D,
            Dense(units = CHANNELS / 2), LeakyReLU(negative_slope = 0.1),
            Dense(units = CHANNELS), Sigmoid,
        ),
}

shapeproof::network! {
    type DigitNet = [1, 28, 28] => Features, SqueezeExcitation, Flatten, Dense(units = 10)
}

fn main() -> ExitCode {
    output::status(learn(&mut io::stdout()))
}

fn learn(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let Mnist { train, test } = Mnist::synthetic(1500, 500);
    let optimizer = SGD::new(0.02).nesterov(0.9);
    let mut trainer = Trainer::new(DigitNet::new(1), CrossEntropy::new(), optimizer, Settings::default())?;
    trainer.fit(&train, &test, &Fit { epochs: 20, schedule: &Linear }, &mut [&mut bar::Bar::new()])?;
    writeln!(out, "{}\n", DigitNet::summary())?;
    let accuracy = trainer.evaluate(&test).accuracy();
    writeln!(out, "accuracy {:.1} %\n", 100.0 * accuracy)?;

    // The first layer of the network is a network, and so is the second, whose gate can compute alone.
    let network = trainer.network();
    let (features, excitation) = (&network.0.0, &network.1.0.0);
    let mut inputs = zeros::<Tensor<1, 28, 28>>(test.len());
    let labels: Vec<usize> = inputs.iter_mut().enumerate().map(|(i, input)| test.load(i, input)).collect();
    let mut maps = zeros::<Tensor<CHANNELS, 6, 6>>(inputs.len());
    let mut factors = zeros::<Vector<CHANNELS>>(inputs.len());
    for (input, map) in inputs.chunks(50).zip(maps.chunks_mut(50)) {
        features.predict::<50>(input, map, &mut Features::workspace::<50>());
    }
    for (map, factor) in maps.chunks(50).zip(factors.chunks_mut(50)) {
        excitation.gate.predict::<50>(map, factor, &mut shapeproof::tensor::boxed());
    }
    writeln!(out, "mean factor of each channel\n")?;
    for digit in 0..10 {
        let of_digit = || factors.iter().zip(&labels).filter(|(_, label)| **label == digit).map(|(factor, _)| factor);
        write!(out, "{digit}  ")?;
        for channel in 0..CHANNELS {
            let sum: f32 = of_digit().map(|factor| factor[[channel, 0, 0]]).sum();
            write!(out, " {:.2}", sum / of_digit().count() as f32)?;
        }
        writeln!(out)?;
    }
    assert!(accuracy > 0.85, "the digits were not learned");
    Ok(())
}
