shapeproof::network! { type Net = [16, 1, 1] => Dense(units = 8), Dropout(percent = 100), Dense(units = 2) }

fn main() {}
