// Class labels where the loss wants probabilities. The network is written by hand: the trainer is refused where it is made, and
// where it is used.
use shapeproof::data::Pairs;
use shapeproof::layer::Dense;
use shapeproof::loss::BinaryCrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::SGD;
use shapeproof::tensor::Vector;
use shapeproof::train::{Settings, Trainer};

type Net = Dense<2, 1>;

fn main() {
    let inputs = [Vector::from([0.0, 1.0])];
    let data = Pairs::new(&inputs, &[1usize]);
    let mut trainer =
        Trainer::new(Net::new(1), BinaryCrossEntropy::new(), SGD::new(0.1), Settings::default()).unwrap();
    trainer.step(&data, &[0]);
}
