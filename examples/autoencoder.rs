//! An autoencoder: a network learns to describe a digit by a few numbers, and to draw it again from them.
//!
//! The target of each image is the image itself. Between encoder and decoder are sixteen numbers, which have to be enough.
//!
//! ```text
//! cargo run --release --example autoencoder                         # synthetic digits
//! cargo run --release --example autoencoder -- DIR --save mnist.png # MNIST from the IDX files in a folder
//! ```
//!
//! Prints the layers of the network, a line for each epoch of the training, and how much of the digits it draws: R², which is 1 for
//! the same picture and 0 for the mean of all. `autoencoder.png` has ten digits that the network has not seen, and below each what it
//! drew.
//!
//! (Hinton and Salakhutdinov 2006, *Reducing the dimensionality of data with neural networks*.)

#[path = "shared/bar.rs"]
mod bar;
#[path = "shared/command_line.rs"]
mod command_line;
#[path = "shared/output.rs"]
mod output;

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use shapeproof::data::mnist::Mnist;
use shapeproof::data::{Dataset, Normalize, Pairs};
use shapeproof::io::{destination, write_atomically};
use shapeproof::loss::MSE;
use shapeproof::network::Network;
use shapeproof::optim::{Adam, Cosine};
use shapeproof::tensor::{Tensor, zeros};
use shapeproof::train::{Fit, Settings, Trainer};

shapeproof::network! {
    type Encoder = [1, 28, 28] =>
        Conv2D(filters = 16, kernel = 3, stride = 2, padding = 1), ReLU, // 16×14×14
        Conv2D(filters = 32, kernel = 3, stride = 2, padding = 1), ReLU, // 32×7×7
        Flatten,
        Dense(units = 16),
}

shapeproof::network! {
    type Decoder = [16, 1, 1] =>
        Dense(units = 32 * 7 * 7), ReLU,
        Unflatten(channels = 32, height = 7, width = 7),
        ConvTranspose2D(filters = 16, kernel = 2, stride = 2), ReLU, // 16×14×14
        ConvTranspose2D(filters = 1, kernel = 2, stride = 2), Sigmoid, // 1×28×28
}

shapeproof::network! {
    type Autoencoder = [1, 28, 28] => Encoder, Decoder
}

/// Train an autoencoder on digits, and write a picture of digits that it has not seen and what it drew of them.
#[derive(Parser)]
struct Options {
    /// Folder with MNIST's four IDX files, instead of synthetic digits
    #[arg(value_name = "DIR")]
    data: Option<PathBuf>,
    /// How often every digit is seen
    #[arg(long, default_value_t = 20)]
    epochs: usize,
    /// The picture to write, a PNG file
    #[arg(long, value_name = "FILE", default_value = "autoencoder.png")]
    save: PathBuf,
}

type Image = Tensor<1, 28, 28>;

/// Up to `most` images, with pixels from 0 to 1.
fn images(data: &impl Dataset<Input = Image>, most: usize) -> Box<[Image]> {
    let mut images = zeros::<Image>(data.len().min(most));
    for (i, image) in images.iter_mut().enumerate() {
        data.load(i, image);
    }
    images
}

/// Two rows of a picture: digits, and below each what the network drew. Black on white.
fn picture(digits: &[Image], drawn: &[Image]) -> Result<Vec<u8>, png::EncodingError> {
    const BORDER: usize = 4;
    let (width, height) = (digits.len() * (28 + BORDER) + BORDER, 2 * (28 + BORDER) + BORDER);
    let mut pixels = vec![255; width * height];
    for (row, images) in [digits, drawn].into_iter().enumerate() {
        for (column, image) in images.iter().enumerate() {
            let corner = (row * (28 + BORDER) + BORDER) * width + column * (28 + BORDER) + BORDER;
            for (i, &x) in image.as_slice().iter().enumerate() {
                pixels[corner + i / 28 * width + i % 28] = 255 - (255.0 * x).round() as u8;
            }
        }
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width as u32, height as u32);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(file)
}

fn main() -> ExitCode {
    command_line::run(|options: Options| learn(&options, &mut io::stdout()))
}

fn learn(options: &Options, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    // Before minutes of training.
    destination(&options.save)?;
    let mnist = match &options.data {
        Some(folder) => Mnist::read(folder)?,
        None => Mnist::synthetic(4000, 400),
    };
    // From 0 to 1, as the network draws.
    let [train, test] = [mnist.train, mnist.test].map(|set| set.normalized(&Normalize::unit()));
    let (inputs, unseen) = (images(&train, 10_000), images(&test, 1000));
    let (train, test) = (Pairs::new(&inputs, &inputs), Pairs::new(&unseen, &unseen));

    let mut trainer = Trainer::new(Autoencoder::new(1), MSE::new(), Adam::new(0.003), Settings::default())?;
    writeln!(out, "{}\n", Autoencoder::summary())?;
    let history =
        trainer.fit(&train, &test, &Fit { epochs: options.epochs, schedule: &Cosine }, &mut [&mut bar::Bar::new()])?;

    let digits = &unseen[..unseen.len().min(10)];
    let mut drawn = zeros::<Image>(digits.len());
    trainer.network().predict::<10>(digits, &mut drawn, &mut Autoencoder::workspace::<10>());
    write_atomically(&options.save, &picture(digits, &drawn)?)?;
    let explained = trainer.evaluate(&test).errors().map_or(0.0, |errors| errors.r2());
    writeln!(out, "{history}\nR² {explained:.3} on digits that the network has not seen")?;
    writeln!(out, "{} shows some of them, and what it drew.", output::plain(options.save.display()))?;
    // Not of any data and any training.
    assert!(explained > 0.6 || options.data.is_some() || options.epochs < 20, "the digits are not drawn");
    Ok(())
}
