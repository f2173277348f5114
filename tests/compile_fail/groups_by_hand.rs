use shapeproof::layer::Conv2D;
use shapeproof::network::verify;

// Four channels to a group of six.
type Net = Conv2D<6, 9, 7, 8, 7, 5, 3, 3, 1, 1, 0, 0, f32, 0, 0, 1, 1, 4>;

const _: () = verify::<Net>();

fn main() {}
