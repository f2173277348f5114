shapeproof::network! { type Net = [3, 1 << 32, 1 << 32] => MaxPool2D(window = 1 << 20), Flatten }

fn main() {}
