use shapeproof::layer::{Dense, Named, name};
use shapeproof::network::Chain;

type Net = Chain<Named<{ name("fc") }, Dense<784, 20>>, Named<{ name("fc") }, Dense<20, 10>>>;

const _: () = shapeproof::network::verify::<Net>();

fn main() {}
