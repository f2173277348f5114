use shapeproof::layer::{Dense, Residual};

type Net = Residual<Dense<5, 4>>;
type Projected = Residual<Dense<5, 4>, Dense<5, 3>>;

fn takes(_: &Net) {}

fn takes_projected(_: &Projected) {}

fn main() {}
