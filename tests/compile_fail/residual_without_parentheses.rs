shapeproof::network! { type Net = [16, 8, 8] => Conv2D(filters = 8, kernel = 3), Residual(), Flatten }

fn main() {}
