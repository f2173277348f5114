//! The small network whose trained weights are in `digits.safetensors`: `README.md`, beside this file, says how they came about.

shapeproof::network! {
    /// 28×28 grey digits in, ten logits out, small enough to put into a binary.
    pub type SmallNet = [1, 28, 28] =>
        conv1: Conv2D(filters = 8, kernel = 3, padding = 1),  // 8×28×28
        PReLU,
        MaxPool2D(window = 2),                                // 8×14×14
        conv2: Conv2D(filters = 16, kernel = 3, padding = 1), // 16×14×14
        PReLU,
        MaxPool2D(window = 2),                                // 16×7×7
        Flatten,                                              // 784
        Dropout(percent = 25),
        dense: Dense(units = 10),
}
