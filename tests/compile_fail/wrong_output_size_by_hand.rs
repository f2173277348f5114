use shapeproof::layer::{Conv2D, Flatten};
use shapeproof::network::{Chain, verify};

// 28 − 3 + 1 is 26, not 27.
type Net = Chain<Conv2D<1, 28, 28, 8, 27, 27, 3, 3>, Flatten<8, 27, 27, 5832>>;

const _: () = verify::<Net>();

fn main() {}
