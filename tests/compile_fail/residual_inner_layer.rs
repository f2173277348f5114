// A mistake inside a block of a block, after layers of the same kind without one.
shapeproof::network! {
    type Net = [16, 8, 8] =>
        Conv2D(filters = 16, kernel = 3, padding = 1),
        Residual(
            Conv2D(filters = 16, kernel = 3, padding = 1),
            Residual(ReLU, Conv2D(filters = 16, kernel = 11, padding = 1)),
            shortcut = (Conv2D(filters = 16, kernel = 1)),
        ),
        Conv2D(filters = 16, kernel = 30),
}

fn main() {}
