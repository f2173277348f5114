shapeproof::network! {
    type Net = [8, 16, 16] =>
        ReLU,
        stage: Residual(
            conv1: Conv2D(filters = 8, kernel = 3, padding = 1), ReLU,
            conv2: Conv2D(filters = 8, kernel = 3),
        ),
        Flatten,
        Dense(units = 10),
}

fn main() {}
