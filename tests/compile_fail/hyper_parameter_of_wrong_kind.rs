shapeproof::network! {
    type Net = [1, 28, 28] =>
        Flatten,
        Dense(units = [10, 2]),
}

fn main() {}
