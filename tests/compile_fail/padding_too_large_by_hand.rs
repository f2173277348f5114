use shapeproof::layer::Conv2D;
use shapeproof::network::verify;

// Twice this padding is 2, where numbers wrap around.
const HUGE: usize = usize::MAX / 2 + 2;

type Net = Conv2D<1, 28, 28, 8, 28, 28, 3, 3, 1, 1, HUGE, HUGE>;

const _: () = verify::<Net>();

fn main() {}
