shapeproof::network! { type Net = [16, 8, 8] => Conv2D(8, 3), Flatten, Dense(units = 10) }

fn main() {}
