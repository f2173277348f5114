//! The reference network: that of the README, of the example `mnist`, and of the benchmarks.

shapeproof::network! {
    /// 28×28 grayscale digits to ten logits.
    pub type DigitNet = [1, 28, 28] =>
        Conv2D(filters = 32, kernel = 3, padding = 1),             // 32×28×28
        PReLU,
        MaxPool2D(window = 2),                                     // 32×14×14
        Conv2D(filters = 64, kernel = 3, stride = 2, padding = 2), // 64×8×8
        PReLU,
        MaxPool2D(window = 2),                                     // 64×4×4
        Flatten,                                                   // 1024
        Dense(units = 128),
        PReLU,
        Dropout(percent = 50),
        Dense(units = 10),
}
