//! XOR, the smallest problem a single layer cannot solve, with the training loop written by hand.
//!
//! ```text
//! cargo run --release --example xor
//! ```

#[path = "shared/output.rs"]
mod output;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use shapeproof::data::shuffle::Shuffle;
use shapeproof::data::{Dataset, Pairs};
use shapeproof::loss::BinaryCrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::SGD;
use shapeproof::tensor::{Vector, zeros};
use shapeproof::train::{Settings, Trainer};

shapeproof::network! {
    /// Two bits as input, the logit of their exclusive or as output.
    type XorNet = [2, 1, 1] => Dense(units = 8), LeakyReLU, Dense(units = 1)
}

fn main() -> ExitCode {
    output::status(learn(&mut io::stdout()))
}

fn learn(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let inputs = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]].map(Vector::from);
    let data = Pairs::new(&inputs, &[false, true, true, false]);

    let settings = Settings { batch_size: 4, threads: Some(1), ..Settings::default() };
    let optimizer = SGD::new(0.1).nesterov(0.9);
    let mut trainer = Trainer::new(XorNet::new(1), BinaryCrossEntropy::new(), optimizer, settings)?;
    let mut order = Shuffle::new(data.len(), 1);
    for epoch in 0..500 {
        for batch in order.epoch(epoch).chunks(4) {
            let score = trainer.step(&data, batch);
            if epoch % 100 == 0 {
                writeln!(out, "epoch {epoch:>3}   loss {:.4}", score.loss())?;
            }
        }
    }

    let mut logits = zeros::<Vector<1>>(4);
    trainer.network().predict::<4>(&inputs, &mut logits, &mut XorNet::workspace::<4>());
    writeln!(out, "\n a  b   a xor b")?;
    for (input, logit) in inputs.iter().zip(&logits) {
        let probability = 1.0 / (1.0 + (-logit[[0, 0, 0]]).exp());
        writeln!(out, " {}  {}    {probability:.3}", input[[0, 0, 0]], input[[1, 0, 0]])?;
    }
    assert_eq!(trainer.evaluate(&data).accuracy(), 1.0, "XOR was not learned");
    Ok(())
}
