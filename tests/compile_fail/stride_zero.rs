shapeproof::network! {
    type Net = [1, 28, 28] =>
        Conv2D(filters = 8, kernel = 5, stride = [1, 0]),
        Flatten,
        Dense(units = 10),
}

fn main() {}
