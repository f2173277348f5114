shapeproof::network! {
    type Net = [3, 2048, 2048] =>
        Flatten,
        Dense(units = 1000),
        ReLU,
        Dense(units = 10),
}

fn main() {}
