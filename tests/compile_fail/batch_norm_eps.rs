shapeproof::network! { type Net = [1, 28, 28] => Conv2D(filters = 8, kernel = 5), BatchNorm(eps = 0.0), Flatten }

fn main() {}
