shapeproof::network! { type Net = [1, 28, 28] => Conv2D, Flatten, Dense(units = 10) }

fn main() {}
