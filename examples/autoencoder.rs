//! An autoencoder: a network learns to describe a digit by a few numbers, and to draw it again from them.
//!
//! The target of each image is the image itself. Between encoder and decoder are sixteen numbers, which have to be enough.
//! `autoencoder.png`, in the current folder, has digits the network has not seen, and below each what it drew.
//!
//! ```text
//! cargo run --release --example autoencoder               # synthetic digits
//! cargo run --release --example autoencoder -- FOLDER     # MNIST from the IDX files in a folder
//! ```
//!
//! (Hinton and Salakhutdinov 2006, *Reducing the dimensionality of data with neural networks*.)

#[path = "shared/output.rs"]
mod output;

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use shapeproof::data::mnist::Mnist;
use shapeproof::data::{Dataset, Normalize, Pairs};
use shapeproof::io::write_atomically;
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
    output::status(learn(&mut io::stdout()))
}

fn learn(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mnist = match env::args_os().nth(1) {
        Some(folder) => Mnist::read(folder)?,
        None => Mnist::synthetic(4000, 400),
    };
    // From 0 to 1, as the network draws.
    let [train, test] = [mnist.train, mnist.test].map(|set| set.normalized(&Normalize::unit()));
    let (inputs, unseen) = (images(&train, 10_000), images(&test, 1000));
    let (train, test) = (Pairs::new(&inputs, &inputs), Pairs::new(&unseen, &unseen));

    let mut trainer = Trainer::new(Autoencoder::new(1), MSE::new(), Adam::new(0.003), Settings::default())?;
    writeln!(out, "{}\n", Autoencoder::summary())?;
    let history = trainer.fit(&train, &test, &Fit { epochs: 10, schedule: &Cosine }, &mut [])?;
    writeln!(out, "{history}")?;

    let digits = &unseen[..10];
    let mut drawn = zeros::<Image>(10);
    trainer.network().predict::<10>(digits, &mut drawn, &mut Autoencoder::workspace::<10>());
    write_atomically("autoencoder.png", &picture(digits, &drawn)?)?;
    writeln!(out, "autoencoder.png shows ten digits that the network has not seen, and what it drew of them.")?;
    let explained = trainer.evaluate(&test).errors().map_or(0.0, |errors| errors.r2());
    assert!(explained > 0.6, "the digits are not drawn");
    Ok(())
}
