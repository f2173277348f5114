//! How wide should a network be? The same architecture in three widths, each its own type, trained and compared.
//!
//! A size cannot be a parameter of a network, `type Net<const F: usize>`: stable Rust cannot compute the shapes that follow from
//! it. So a macro writes a network for each size.
//!
//! ```text
//! cargo run --release --example widths
//! ```

#[path = "shared/bar.rs"]
mod bar;
#[path = "shared/output.rs"]
mod output;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use shapeproof::data::labeled::Labeled;
use shapeproof::data::mnist::Mnist;
use shapeproof::layer::Module;
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::{Linear, SGD};
use shapeproof::tensor::{Tensor, Vector};
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

type Data = Labeled<28, 28>;

/// Any network from images of 28×28 to ten classes.
fn measure<N>(filters: usize, out: &mut impl Write, train: &Data, validation: &Data) -> Result<(), Box<dyn Error>>
where
    N: Module<Scalar = f32, Input = Tensor<1, 28, 28>, Output = Vector<10>>,
{
    let optimizer = SGD::new(0.02).nesterov(0.9);
    let mut trainer = Trainer::new(N::new(1), CrossEntropy::new(), optimizer, Settings::default())?;
    trainer.fit(train, validation, &Fit { epochs: 20, schedule: &Linear }, &mut [&mut bar::Bar::new()])?;
    let accuracy = trainer.evaluate(validation).accuracy();
    writeln!(out, "{filters:>7}   {:>10}   {:>7.1} %", N::parameters(), 100.0 * accuracy)?;
    assert!(accuracy > 0.5, "{filters} filters have learned nothing");
    Ok(())
}

fn main() -> ExitCode {
    output::status(compare(&mut io::stdout()))
}

fn compare(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let Mnist { train, test } = Mnist::synthetic(1200, 300);
    writeln!(out, "filters   parameters    accuracy")?;
    sweep(out, &train, &test)
}
