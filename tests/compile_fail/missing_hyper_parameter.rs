shapeproof::network! {
    type Net = [1, 28, 28] =>
        Conv2D(kernel = 5, padding = 2),
        Flatten,
        Dense(units = 10),
}

fn main() {}
