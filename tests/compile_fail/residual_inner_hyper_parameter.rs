shapeproof::network! {
    type Net = [16, 8, 8] =>
        Residual(Conv2D(filters = 16, kernel = 3, pading = 1), ReLU),
        Flatten,
}

fn main() {}
