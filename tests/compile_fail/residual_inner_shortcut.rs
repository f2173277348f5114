shapeproof::network! {
    type Net = [16, 8, 8] =>
        Residual(Conv2D(filters = 4, kernel = 3, padding = 1), shortcut = (AvgPool2D(window = 9), Conv2D(filters = 4, kernel = 1))),
        Flatten,
}

fn main() {}
