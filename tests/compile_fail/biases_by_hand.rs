use shapeproof::layer::Dense;
use shapeproof::network::verify;

// Neither one bias for each output nor none.
type Net = Dense<4, 6, f32, 3>;

const _: () = verify::<Net>();

fn main() {}
