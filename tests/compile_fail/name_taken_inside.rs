// Of the three layers called `conv`, two are side by side.
shapeproof::network! {
    type Net = [8, 16, 16] =>
        conv: Conv2D(filters = 8, kernel = 3, padding = 1),
        stage: Residual(
            conv: Conv2D(filters = 8, kernel = 3, padding = 1), ReLU,
            conv: Conv2D(filters = 8, kernel = 3, padding = 1),
        ),
        Flatten,
        Dense(units = 10),
}

fn main() {}
