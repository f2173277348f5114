// The kernel is larger than the image, even with its padding.
shapeproof::network! {
    type Net = [1, 28, 28] =>
        Conv2D(filters = 8, kernel = 5),
        MaxPool2D(window = 2),
        ReLU,
        Conv2D(filters = 16, kernel = 15, padding = 1),
        Flatten,
        Dense(units = 10),
}

fn main() {}
