shapeproof::network! {
    type Net = [1, 28, 28] =>
        Conv2D(filters = 8, kernel = 5),
        ReLU,
        Dense(units = 10),
}

fn main() {}
