//! The networks that are measured. `benches/peers/networks.py` has the same for other frameworks.

shapeproof::network! {
    /// The reference network with ReLUs, whose slopes are not learned, and which other runtimes fuse with the layer before.
    pub type ReluNet = [1, 28, 28] =>
        Conv2D(filters = 32, kernel = 3, padding = 1),
        ReLU,
        MaxPool2D(window = 2),
        Conv2D(filters = 64, kernel = 3, stride = 2, padding = 2),
        ReLU,
        MaxPool2D(window = 2),
        Flatten,
        Dense(units = 128),
        ReLU,
        Dropout(percent = 50),
        Dense(units = 10),
}
shapeproof::network! {
    /// The reference network in double precision.
    pub type DoubleNet = [1, 28, 28; f64] =>
        Conv2D(filters = 32, kernel = 3, padding = 1),
        PReLU,
        MaxPool2D(window = 2),
        Conv2D(filters = 64, kernel = 3, stride = 2, padding = 2),
        PReLU,
        MaxPool2D(window = 2),
        Flatten,
        Dense(units = 128),
        PReLU,
        Dropout(percent = 50),
        Dense(units = 10),
}
shapeproof::network! {
    /// A residual network for 32×32 color images (He, Zhang, Ren and Sun 2016, section 4.2, with n = 1). The two shortcuts that
    /// increase the channels are projections.
    pub type ResNet = [3, 32, 32] =>
        Conv2D(filters = 16, kernel = 3, padding = 1),
        BatchNorm,
        ReLU,
        Residual(
            Conv2D(filters = 16, kernel = 3, padding = 1), BatchNorm, ReLU,
            Conv2D(filters = 16, kernel = 3, padding = 1), BatchNorm,
        ), // 16×32×32
        ReLU,
        Residual(
            Conv2D(filters = 32, kernel = 3, stride = 2, padding = 1), BatchNorm, ReLU,
            Conv2D(filters = 32, kernel = 3, padding = 1), BatchNorm,
            shortcut = (Conv2D(filters = 32, kernel = 1, stride = 2), BatchNorm),
        ), // 32×16×16
        ReLU,
        Residual(
            Conv2D(filters = 64, kernel = 3, stride = 2, padding = 1), BatchNorm, ReLU,
            Conv2D(filters = 64, kernel = 3, padding = 1), BatchNorm,
            shortcut = (Conv2D(filters = 64, kernel = 1, stride = 2), BatchNorm),
        ), // 64×8×8
        ReLU,
        AvgPool2D(window = 8), // 64
        Dense(units = 10),
}
shapeproof::network! {
    /// Depthwise separable convolutions for 32×32 color images, as in MobileNet (Howard et al. 2017).
    pub type MobileNet = [3, 32, 32] =>
        Conv2D(filters = 32, kernel = 3, padding = 1), BatchNorm, ReLU, // 32×32×32
        Conv2D(filters = 32, kernel = 3, padding = 1, groups = 32), BatchNorm, ReLU,
        Conv2D(filters = 64, kernel = 1), BatchNorm, ReLU,
        Conv2D(filters = 64, kernel = 3, stride = 2, padding = 1, groups = 64), BatchNorm, ReLU, // 64×16×16
        Conv2D(filters = 128, kernel = 1), BatchNorm, ReLU,
        Conv2D(filters = 128, kernel = 3, padding = 1, groups = 128), BatchNorm, ReLU,
        Conv2D(filters = 128, kernel = 1), BatchNorm, ReLU,
        Conv2D(filters = 128, kernel = 3, stride = 2, padding = 1, groups = 128), BatchNorm, ReLU, // 128×8×8
        Conv2D(filters = 256, kernel = 1), BatchNorm, ReLU,
        GlobalAvgPool2D, // 256
        Dense(units = 10),
}
