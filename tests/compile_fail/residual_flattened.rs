// The layer that changes the shape has no parentheses.
shapeproof::network! { type Net = [16, 8, 8] => Residual(ReLU, Flatten), Dense(units = 2) }

fn main() {}
