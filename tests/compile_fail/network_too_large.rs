// Each of the two could be.
shapeproof::network! {
    type Net = [40_000, 1, 1] =>
        Dense(units = 40_000),
        ReLU,
        Dense(units = 30_000),
        Dense(units = 10),
}

fn main() {}
