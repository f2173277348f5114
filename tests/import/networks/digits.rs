shapeproof::network! {
    pub type Digits = [1, 28, 28] =>
        Conv2D(filters = 32, kernel = 3, padding = 1), PReLU,             // 32×28×28
        MaxPool2D(window = 2),                                            // 32×14×14
        Conv2D(filters = 64, kernel = 3, stride = 2, padding = 2), PReLU, // 64×8×8
        MaxPool2D(window = 2),                                            // 64×4×4
        Flatten,                                                          // 1024
        Dense(units = 128), PReLU, Dropout,                               // 128
        Dense(units = 10),                                                // 10
}
