shapeproof::network! {
    type Net = [8, 16, 16] =>
        stage: Residual(Conv2D(filters = 8, kernel = 3, padding = 1), ReLU),
        stage: Residual(Conv2D(filters = 8, kernel = 3, padding = 1), ReLU),
        Flatten,
        Dense(units = 10),
}

fn main() {}
