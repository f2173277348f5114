//! How wide should a network be? The same architecture in three widths, each its own type, trained and compared.
//!
//! A size cannot be a parameter of a network, `type Net<const F: usize>`: stable Rust cannot compute the shapes that follow from
//! it. So a macro writes a network for each size.
//!
//! ```text
//! cargo run --release --example widths
//! ```

#[path = "shared/output.rs"]
mod output;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use shapeproof::data::{Pairs, synthetic};
use shapeproof::layer::Module;
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::{Linear, SGD};
use shapeproof::tensor::{Tensor, Vector, zeros};
use shapeproof::train::{Fit, Settings, Trainer};

/// A network for each line: its name and its width.
macro_rules! widths {
    ($($name:ident: $filters:literal,)*) => {
        $(
            shapeproof::network! {
                type $name = [1, 28, 28] =>
                    Conv2D(filters = $filters, kernel = 5, stride = 2),
                    ReLU,
                    MaxPool2D(window = 2),
                    Flatten,
                    Dense(units = 4 * $filters),
                    ReLU,
                    Dense(units = 10),
            }
        )*

        /// Trains all of them.
        fn sweep(out: &mut impl Write, train: &Data, validation: &Data) -> Result<(), Box<dyn Error>> {
            $(measure::<$name>($filters, out, train, validation)?;)*
            Ok(())
        }
    };
}

widths! {
    Two: 2,
    Four: 4,
    Eight: 8,
}

type Data<'a> = Pairs<'a, Tensor<1, 28, 28>, usize>;

/// Any network from images of 28×28 to ten classes.
fn measure<N>(filters: usize, out: &mut impl Write, train: &Data, validation: &Data) -> Result<(), Box<dyn Error>>
where
    N: Module<Scalar = f32, Input = Tensor<1, 28, 28>, Output = Vector<10>>,
{
    let optimizer = SGD::new(0.02).nesterov(0.9);
    let mut trainer = Trainer::new(N::new(1), CrossEntropy::new(), optimizer, Settings::default())?;
    trainer.fit(train, validation, &Fit { epochs: 4, schedule: &Linear }, &mut [])?;
    let accuracy = 100.0 * trainer.evaluate(validation).accuracy();
    writeln!(out, "{filters:>7}   {:>10}   {accuracy:>7.1} %", N::parameters())?;
    Ok(())
}

fn main() -> ExitCode {
    output::status(compare(&mut io::stdout()))
}

fn compare(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let (images, labels) = synthetic::digits(1200, 1);
    let mut inputs = zeros::<Tensor<1, 28, 28>>(images.len());
    for (input, image) in inputs.iter_mut().zip(&images) {
        for (x, &pixel) in input.as_mut_slice().iter_mut().zip(image.as_slice()) {
            *x = f32::from(pixel) / 255.0;
        }
    }
    let labels: Vec<usize> = labels.iter().map(|&label| usize::from(label)).collect();
    let (train, validation) = (Pairs::new(&inputs[..900], &labels[..900]), Pairs::new(&inputs[900..], &labels[900..]));
    writeln!(out, "filters   parameters    accuracy")?;
    sweep(out, &train, &validation)
}
