shapeproof::network! {
    type Net = [1, 28, 28] =>
        Conv2d(filters = 8, kernel = 5),
        Flatten,
        Dense(units = 10),
}

fn main() {}
