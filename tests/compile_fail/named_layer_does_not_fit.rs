// The caret stands on the layer, whatever it is called.
shapeproof::network! {
    type Net = [1, 28, 28] =>
        conv1: Conv2D(filters = 8, kernel = 5),
        ReLU,
        conv2: Conv2D(filters = 16, kernel = 27),
        Flatten,
        Dense(units = 10),
}

fn main() {}
