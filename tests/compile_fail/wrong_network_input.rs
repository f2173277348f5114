use shapeproof::network::Network;
use shapeproof::tensor::{Tensor, Vector};

shapeproof::network! { type Net = [1, 28, 28] => Flatten, Dense(units = 10) }

fn main() {
    let images = [Tensor([[[0.0; 32]; 32]; 1])];
    let mut logits = [Vector::from([0.0; 10])];
    Net::new(1).predict::<1>(&images, &mut logits, &mut Net::workspace::<1>());
}
