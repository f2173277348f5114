shapeproof::network! {
    type Net = [1, 6, 8] =>
        Conv2D(filters = 8, kernel = 3),
        MaxPool2D(window = 5),
        Flatten,
        Dense(units = 10),
}

fn main() {}
