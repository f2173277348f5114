shapeproof::network! {
    pub type Blocks = [3, 9, 8; f64] =>
        Residual(
            Conv2D(filters = 3, kernel = 3, padding = 1), BatchNorm(eps = 0.001), ReLU,
            Residual(BatchNorm, Dropout(percent = 30)),
        ),
        ReLU,
        stage2: Residual(
            conv1: Conv2D(filters = 5, kernel = 3, stride = 2, padding = 1), BatchNorm, ReLU, // 5×5×4
            conv2: Conv2D(filters = 5, kernel = 3, padding = 1), BatchNorm,
            shortcut = (project: Conv2D(filters = 5, kernel = 1, stride = 2), BatchNorm),
        ), // 5×5×4
        ReLU,
        Residual(
            Flatten,          // 100
            Dense(units = 7), // 7
            shortcut = (
                AvgPool2D(window = [5, 4]),      // 5
                Conv2D(filters = 7, kernel = 1), // 7
            ),
        ), // 7
        fc: Dense(units = 2), // 2
}
