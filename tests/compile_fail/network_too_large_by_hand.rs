use shapeproof::layer::{Dense, ReLU};
use shapeproof::network::{Chain, verify};

type Net = Chain<Dense<40_000, 40_000>, Chain<ReLU<40_000, 1, 1>, Dense<40_000, 30_000>>>;

const _: () = verify::<Net>();

fn main() {}
