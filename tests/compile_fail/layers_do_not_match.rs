use shapeproof::layer::Dense;
use shapeproof::network::Chain;

type Net = Chain<Dense<784, 14>, Dense<7, 10>>;

fn takes(_: &Net) {}

fn main() {}
