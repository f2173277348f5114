// The shortcut's kernel is larger than its input.
shapeproof::network! {
    type Net = [8, 16, 16] =>
        stage: Residual(
            conv1: Conv2D(filters = 32, kernel = 3, stride = 2, padding = 1), norm: BatchNorm, ReLU,
            conv2: Conv2D(filters = 32, kernel = 3, padding = 1),
            shortcut = (project: Conv2D(filters = 32, kernel = 17, stride = 2), BatchNorm),
        ),
        Flatten,
        Dense(units = 10),
}

fn main() {}
