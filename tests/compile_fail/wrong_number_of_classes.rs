use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::SGD;
use shapeproof::train::{Settings, Trainer};

shapeproof::network! { type Net = [1, 28, 28] => Flatten, Dense(units = 10) }

fn main() {
    let _ = Trainer::new(Net::new(1), CrossEntropy::<12>::new(), SGD::new(0.1), Settings::default());
}
