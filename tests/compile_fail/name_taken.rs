shapeproof::network! {
    type Net = [1, 28, 28] =>
        conv: Conv2D(filters = 8, kernel = 5),
        ReLU,
        conv: Conv2D(filters = 8, kernel = 5),
        Flatten,
        Dense(units = 10),
}

fn main() {}
