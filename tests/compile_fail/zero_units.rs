shapeproof::network! { type Net = [16, 1, 1] => Dense(units = 0) }

fn main() {}
