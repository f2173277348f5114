//! The small network whose trained weights are in `digits.safetensors`; `README.md` in this folder describes the training.

shapeproof::network! {
    /// 28×28 grayscale digits to ten logits, small enough to put into a binary.
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
