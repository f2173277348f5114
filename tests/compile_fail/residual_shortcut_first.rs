shapeproof::network! {
    type Net = [16, 8, 8] =>
        ReLU,
        Residual(shortcut = (Conv2D(filters = 4, kernel = 1)), Conv2D(filters = 4, kernel = 3, padding = 1)),
        Flatten,
}

fn main() {}
