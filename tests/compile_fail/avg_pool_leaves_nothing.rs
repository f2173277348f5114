shapeproof::network! { type Net = [16, 8, 8] => AvgPool2D(window = 2), AvgPool2D(window = [4, 5]), Flatten }

fn main() {}
