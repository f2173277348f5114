// Nothing can be added to an output of another shape. The caret stands on the layer that changed it.
shapeproof::network! {
    type Net = [16, 32, 32] =>
        BatchNorm,
        Residual(
            Conv2D(filters = 32, kernel = 3, stride = 2, padding = 1),
            BatchNorm,
            ReLU,
            Conv2D(filters = 32, kernel = 3, padding = 1),
            BatchNorm,
        ),
        Flatten,
        Dense(units = 10),
}

fn main() {}
