// The shortcut forgot the body's stride.
shapeproof::network! {
    type Net = [16, 32, 32] =>
        Residual(
            Conv2D(filters = 32, kernel = 3, stride = 2, padding = 1), BatchNorm, ReLU,
            Conv2D(filters = 32, kernel = 3, padding = 1), BatchNorm,
            shortcut = (Conv2D(filters = 32, kernel = 1), BatchNorm),
        ),
        Flatten,
        Dense(units = 10),
}

fn main() {}
