shapeproof::network! {
    type Net = [2, 30_000, 30_000] =>
        ReLU,
        Residual(
            Conv2D(filters = 32, kernel = 1),
            Conv2D(filters = 2, kernel = 1),
        ),
        MaxPool2D(window = 100),
}

fn main() {}
