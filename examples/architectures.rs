//! Well-known architectures, each written in `network!`, trained alike and compared with the reference network of this crate.
//!
//! They are small versions for digits of 28×28. The data are synthetic, so the accuracies say little; the sizes, the costs and how each
//! is written say more.
//!
//! ```text
//! cargo run --release --example architectures
//! ```

#[path = "shared/bar.rs"]
mod bar;
#[path = "shared/digit_net.rs"]
mod digit_net;
#[path = "shared/output.rs"]
mod output;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

use digit_net::DigitNet;
use shapeproof::data::labeled::Labeled;
use shapeproof::data::mnist::Mnist;
use shapeproof::data::{Dataset, HeldOut, Subset};
use shapeproof::layer::Module;
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::{Adam, Cosine, Warmup};
use shapeproof::tensor::{Tensor, Vector};
use shapeproof::train::{Fit, Settings, Trainer};

shapeproof::network! {
    /// LeNet-5 (LeCun, Bottou, Bengio and Haffner 1998), with an output for each class.
    type LeNet5 = [1, 28, 28] =>
        Conv2D(filters = 6, kernel = 5, padding = 2), Tanh, AvgPool2D(window = 2),
        Conv2D(filters = 16, kernel = 5), Tanh, AvgPool2D(window = 2),
        Flatten,
        Dense(units = 120), Tanh,
        Dense(units = 84), Tanh,
        Dense(units = 10),
}

shapeproof::network! {
    /// All-convolutional (Springenberg et al. 2015): strides instead of poolings, a mean of maps instead of dense layers.
    type AllConvolutional = [1, 28, 28] =>
        Conv2D(filters = 16, kernel = 3, padding = "same"), BatchNorm, ReLU,
        Conv2D(filters = 16, kernel = 3, stride = 2, padding = "same"), BatchNorm, ReLU,
        Conv2D(filters = 32, kernel = 3, padding = "same"), BatchNorm, ReLU,
        Conv2D(filters = 32, kernel = 3, stride = 2, padding = "same"), BatchNorm, ReLU,
        Conv2D(filters = 10, kernel = 1),
        GlobalAvgPool2D,
}

shapeproof::network! {
    /// ResNet (He, Zhang, Ren and Sun 2016): layers learn what to add to their input.
    type ResNet = [1, 28, 28] =>
        Conv2D(filters = 16, kernel = 3, padding = 1, bias = false), BatchNorm, ReLU,
        Residual(
            Conv2D(filters = 16, kernel = 3, padding = 1, bias = false), BatchNorm, ReLU,
            Conv2D(filters = 16, kernel = 3, padding = 1, bias = false), BatchNorm,
        ),
        ReLU,
        Residual(
            Conv2D(filters = 32, kernel = 3, stride = 2, padding = 1, bias = false), BatchNorm, ReLU,
            Conv2D(filters = 32, kernel = 3, padding = 1, bias = false), BatchNorm,
            shortcut = (Conv2D(filters = 32, kernel = 1, stride = 2, bias = false), BatchNorm),
        ),
        ReLU,
        GlobalAvgPool2D,
        Dense(units = 10),
}

shapeproof::network! {
    /// MobileNetV2 (Sandler et al. 2018): each block widens, filters every channel by itself, and narrows again.
    type MobileNet = [1, 28, 28] =>
        Conv2D(filters = 8, kernel = 3, stride = 2, padding = 1, bias = false), BatchNorm, Clip(min = 0.0, max = 6.0),
        Residual(
            Conv2D(filters = 32, kernel = 1, bias = false), BatchNorm, Clip(min = 0.0, max = 6.0),
            Conv2D(filters = 32, kernel = 3, padding = 1, groups = 32, bias = false), BatchNorm, Clip(min = 0.0, max = 6.0),
            Conv2D(filters = 8, kernel = 1, bias = false), BatchNorm,
        ),
        Conv2D(filters = 32, kernel = 1, bias = false), BatchNorm, Clip(min = 0.0, max = 6.0),
        Conv2D(filters = 32, kernel = 3, stride = 2, padding = 1, groups = 32, bias = false),
        BatchNorm,
        Clip(min = 0.0, max = 6.0),
        Conv2D(filters = 16, kernel = 1, bias = false), BatchNorm,
        Conv2D(filters = 64, kernel = 1, bias = false), BatchNorm, Clip(min = 0.0, max = 6.0),
        GlobalAvgPool2D,
        Dense(units = 10),
}

shapeproof::network! {
    /// A module of GoogLeNet (Szegedy et al. 2015): windows of several sizes, side by side.
    type InceptionModule = [16, 14, 14] =>
        Concat(
            (Conv2D(filters = 8, kernel = 1), ReLU),
            (Conv2D(filters = 8, kernel = 1), ReLU, Conv2D(filters = 12, kernel = 3, padding = 1), ReLU),
            (Conv2D(filters = 4, kernel = 1), ReLU, Conv2D(filters = 8, kernel = 5, padding = 2), ReLU),
            (MaxPool2D(window = 3, stride = 1, padding = 1), Conv2D(filters = 4, kernel = 1), ReLU),
        ),
}

shapeproof::network! {
    type Inception = [1, 28, 28] =>
        Conv2D(filters = 16, kernel = 5, padding = 2), BatchNorm, ReLU, MaxPool2D(window = 2),
        InceptionModule, BatchNorm,
        MaxPool2D(window = 2),
        Conv2D(filters = 64, kernel = 3, padding = 1), BatchNorm, ReLU,
        GlobalAvgPool2D,
        Dropout(percent = 20),
        Dense(units = 10),
}

type Data = Subset<Labeled<28, 28>>;

fn main() -> ExitCode {
    output::status(compare(&mut io::stdout()))
}

fn compare(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let (train, validation) = Mnist::synthetic(2400, 0).train.split_stratified(HeldOut::Count(400), 1);
    writeln!(out, "architecture        parameters     MFLOP   accuracy     s/epoch")?;
    measure::<LeNet5>("LeNet-5", out, &train, &validation)?;
    measure::<DigitNet>("reference", out, &train, &validation)?;
    measure::<AllConvolutional>("all-convolutional", out, &train, &validation)?;
    measure::<ResNet>("ResNet", out, &train, &validation)?;
    measure::<MobileNet>("MobileNet", out, &train, &validation)?;
    measure::<Inception>("Inception", out, &train, &validation)?;
    Ok(())
}

/// Trains any network from images of 28×28 to ten classes.
fn measure<N>(name: &str, out: &mut impl Write, train: &Data, validation: &Data) -> Result<(), Box<dyn Error>>
where
    N: Module<Scalar = f32, Input = Tensor<1, 28, 28>, Output = Vector<10>>,
{
    const EPOCHS: usize = 10;
    let settings = Settings { batch_size: 32, ..Settings::default() };
    let mut trainer = Trainer::new(N::new(1), CrossEntropy::new(), Adam::new(0.005), settings)?;
    let start = Instant::now();
    trainer.fit(
        train,
        validation,
        &Fit { epochs: EPOCHS, schedule: &Warmup::new(20, Cosine) },
        &mut [&mut bar::Bar::new()],
    )?;
    let seconds = start.elapsed().as_secs_f64() / EPOCHS as f64;
    let accuracy = trainer.evaluate(validation).accuracy();
    let (parameters, cost) = (N::parameters(), N::FLOPS as f64 / 1e6);
    writeln!(out, "{name:<18} {parameters:>11}   {cost:>7.2}   {:>6.1} %   {seconds:>9.2}", 100.0 * accuracy)?;
    assert!(accuracy > 0.5, "{name} has learned nothing");
    Ok(())
}
