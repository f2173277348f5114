shapeproof::network! { type Net = [1, 6, 8] => MaxPool2D(window = 2, padding = 2) }

fn main() {}
