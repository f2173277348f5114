//! Random networks, drawn by draw.py beside this file, which says how.

networks! {
    Random1: [1, 14, 13] => {
        layer0: PReLU(per_channel = false), layer1: Residual(BatchNorm(eps = 0.5)), LeakyReLU(negative_slope = 0.2),
        Conv2D(filters = 3, kernel = [2, 4], stride = [1, 2], padding = [0, 1]), Residual(BatchNorm(eps = 1e-3)),
    }
    Random2: [4, 16, 3] => {
        Residual(
            BatchNorm(eps = 1e-5),
            Residual(
                Conv2D(filters = 3, kernel = 1, stride = [2, 3], padding = 0),
                layer1: Conv2D(filters = 2, kernel = [2, 1], stride = [2, 1], padding = [0, 1]),
                AvgPool2D(window = [4, 2], stride = 3, padding = [2, 1]),
                AvgPool2D(window = [1, 2], stride = [2, 3], padding = [0, 1]),
                shortcut = (layer0: Conv2D(filters = 2, kernel = [16, 3])),
            ),
            Residual(
                BatchNorm(eps = 1e-5), Dense(units = 7),
                shortcut = (Conv2D(filters = 7, kernel = [1, 1]), BatchNorm),
            ),
            shortcut = (Conv2D(filters = 7, kernel = [16, 3])),
        ),
        Flatten, Dropout(percent = 10), layer3: Residual(BatchNorm(eps = 1e-5)),
    }
    Random3: [1, 10, 8] => {
        layer0: ReLU,
        layer1: Residual(
            Conv2D(filters = 5, kernel = [4, 3], stride = 3, padding = [1, 0]), ReLU,
            shortcut = (layer0: Conv2D(filters = 5, kernel = [8, 7]), BatchNorm),
        ),
        layer2: Dropout(percent = 10), Flatten,
        layer4: Residual(
            Residual(Dense(units = 8), shortcut = (Conv2D(filters = 8, kernel = [1, 1]))), Dropout(percent = 50),
            Residual(layer0: BatchNorm(eps = 0.5)), layer3: ReLU,
            shortcut = (Conv2D(filters = 8, kernel = [1, 1])),
        ),
        layer5: Softmax,
        Residual(
            Residual(
                PReLU(per_channel = false), Dense(units = 9), BatchNorm(eps = 1e-3),
                shortcut = (Conv2D(filters = 9, kernel = [1, 1]), BatchNorm),
            ),
            shortcut = (Conv2D(filters = 9, kernel = [1, 1]), BatchNorm),
        ),
    }
    Random4: [1, 4, 8] => {
        PReLU(per_channel = false), Conv2D(filters = 2, kernel = [1, 4], stride = [3, 1], padding = [1, 2]),
        BatchNorm(eps = 1e-5), Conv2D(filters = 4, kernel = [1, 3], stride = 3, padding = [1, 0]),
    }
    Random5: [3, 13, 14; f64] => {
        layer0: Dropout(percent = 50), PReLU(per_channel = false),
        Residual(
            layer0: BatchNorm(eps = 1e-5),
            Residual(
                layer0: ReLU, Conv2D(filters = 3, kernel = [3, 4], stride = [2, 1], padding = [2, 1]), ReLU,
                MaxPool2D(window = [2, 4], stride = 2, padding = [0, 1]),
                shortcut = (layer0: Conv2D(filters = 3, kernel = [10, 9]), BatchNorm),
            ),
            layer2: Conv2D(filters = 5, kernel = [4, 1], stride = [3, 1], padding = [1, 0]),
            PReLU(per_channel = false),
            shortcut = (Conv2D(filters = 5, kernel = [13, 9]), BatchNorm),
        ),
        ReLU, Conv2D(filters = 3, kernel = [1, 4], stride = [2, 3], padding = [1, 2]), PReLU(per_channel = true),
        layer6: Residual(
            Conv2D(filters = 4, kernel = [1, 3], stride = [2, 3], padding = 1),
            Residual(
                Dropout(percent = 90), MaxPool2D(window = [2, 1], stride = [2, 3], padding = 0),
                BatchNorm(eps = 1e-3), ReLU,
                shortcut = (Conv2D(filters = 4, kernel = [2, 1])),
            ),
            Dense(units = 6),
            shortcut = (Conv2D(filters = 6, kernel = [2, 3]), BatchNorm),
        ),
        layer7: Softmax,
        layer8: Residual(
            PReLU(per_channel = false), layer1: ReLU, layer2: Dense(units = 5),
            shortcut = (Conv2D(filters = 5, kernel = [1, 1])),
        ),
    }
    Random6: [4, 14, 9] => {
        BatchNorm(eps = 1e-3),
        layer1: Residual(
            Residual(
                layer0: AvgPool2D(window = [2, 4], stride = [3, 1], padding = 1),
                shortcut = (layer0: Conv2D(filters = 4, kernel = [10, 2]), BatchNorm),
            ),
            BatchNorm(eps = 1e-3),
            shortcut = (Conv2D(filters = 4, kernel = [10, 2])),
        ),
        BatchNorm(eps = 0.5), MaxPool2D(window = 3, stride = [3, 2], padding = 0), PReLU(per_channel = true),
    }
    Random7: [2, 5, 12] => {
        LeakyReLU(negative_slope = 0.01), layer1: PReLU(per_channel = true),
        MaxPool2D(window = [4, 2], stride = [3, 1], padding = 0),
        Conv2D(filters = 4, kernel = 1, stride = [2, 1], padding = 0),
    }
    Random8: [6, 1, 1] => {
        ReLU, Dense(units = 11), LeakyReLU(negative_slope = 0.2), BatchNorm(eps = 1e-3),
        Residual(
            layer0: Conv2D(filters = 2, kernel = 1, stride = [3, 2], padding = [1, 0]),
            shortcut = (Conv2D(filters = 2, kernel = [1, 1])),
        ),
        Dropout(percent = 10), Dropout(percent = 10),
        Residual(Dense(units = 6), Dense(units = 10), shortcut = (Conv2D(filters = 10, kernel = [1, 1]))),
        LeakyReLU(negative_slope = 0.2),
    }
    Random9: [2, 8, 4] => {
        PReLU(per_channel = true), Flatten,
        Residual(
            Dense(units = 5), ReLU, Dense(units = 6), layer3: Dropout(percent = 50),
            shortcut = (Conv2D(filters = 6, kernel = [1, 1]), BatchNorm),
        ),
        ReLU, layer4: Conv2D(filters = 5, kernel = 1, stride = [2, 1], padding = 0), BatchNorm(eps = 1e-3),
        Residual(
            layer0: Residual(
                layer0: Dense(units = 2), LeakyReLU(negative_slope = 0.2),
                shortcut = (layer0: Conv2D(filters = 2, kernel = [1, 1]), BatchNorm),
            ),
            shortcut = (layer0: Conv2D(filters = 2, kernel = [1, 1]), BatchNorm),
        ),
        layer7: PReLU(per_channel = false), Dense(units = 11),
    }
    Random10: [3, 9, 11] => {
        Residual(
            PReLU(per_channel = true), AvgPool2D(window = 2, stride = [3, 2], padding = [0, 1]),
            layer2: Residual(
                MaxPool2D(window = 1, stride = [3, 2], padding = 0), Dropout(percent = 10),
                AvgPool2D(window = 1, stride = [1, 3], padding = 0), LeakyReLU(negative_slope = 0.2),
                shortcut = (Conv2D(filters = 3, kernel = [3, 6])),
            ),
            shortcut = (Conv2D(filters = 3, kernel = [9, 11]), BatchNorm),
        ),
        LeakyReLU(negative_slope = 0.01), layer2: Dense(units = 7), ReLU, layer4: Dense(units = 6),
    }
    Random11: [2, 10, 15; f64] => {
        PReLU(per_channel = false), Conv2D(filters = 6, kernel = [3, 4], stride = [3, 2], padding = [0, 1]),
        PReLU(per_channel = true),
        Residual(
            MaxPool2D(window = [2, 4], stride = [1, 3], padding = [0, 2]), layer1: LeakyReLU(negative_slope = 0.01),
            Residual(
                LeakyReLU(negative_slope = -0.5), AvgPool2D(window = [1, 3], stride = 1, padding = [0, 1]), ReLU,
                Conv2D(filters = 5, kernel = 1, stride = [1, 3], padding = [0, 1]),
                shortcut = (layer0: Conv2D(filters = 5, kernel = [1, 2]), BatchNorm),
            ),
            shortcut = (layer0: Conv2D(filters = 5, kernel = [2, 6])),
        ),
        Conv2D(filters = 3, kernel = [2, 1], stride = [1, 2], padding = 0), PReLU(per_channel = true),
    }
    Random12: [2, 12, 12] => {
        LeakyReLU(negative_slope = 0.01), Conv2D(filters = 4, kernel = [1, 4], stride = [1, 3], padding = [1, 0]),
        Dropout(percent = 50), layer3: Residual(ReLU),
    }
    Random13: [2, 12, 12] => {
        LeakyReLU(negative_slope = 0.01), layer1: MaxPool2D(window = [2, 1], stride = [2, 1], padding = [1, 0]),
        Residual(
            Residual(
                Dropout(percent = 50), Conv2D(filters = 2, kernel = [4, 3], stride = 3, padding = [2, 1]),
                MaxPool2D(window = [1, 2], stride = 2, padding = 0), PReLU(per_channel = true),
                shortcut = (Conv2D(filters = 2, kernel = [6, 11])),
            ),
            layer1: Residual(
                layer0: Dropout(percent = 50),
                shortcut = (layer0: Conv2D(filters = 2, kernel = [1, 1]), BatchNorm),
            ),
            BatchNorm(eps = 1e-3), Flatten,
            shortcut = (Conv2D(filters = 8, kernel = [7, 12])),
        ),
        BatchNorm(eps = 1e-5), Dropout(percent = 50), layer5: Residual(Dropout(percent = 10)),
        BatchNorm(eps = 1e-3), Residual(BatchNorm(eps = 0.5)), ReLU,
    }
    Random14: [1, 12, 12] => {
        LeakyReLU(negative_slope = -0.5), Conv2D(filters = 3, kernel = 4, stride = 1, padding = 1), ReLU,
        MaxPool2D(window = 4, stride = [2, 1], padding = [1, 2]), LeakyReLU(negative_slope = 0.01),
        Residual(
            Dropout(percent = 90), Conv2D(filters = 4, kernel = [3, 2], stride = 2, padding = 1),
            LeakyReLU(negative_slope = -0.5),
            shortcut = (Conv2D(filters = 4, kernel = [3, 6]), BatchNorm),
        ),
        MaxPool2D(window = 2, stride = [3, 1], padding = [1, 0]), LeakyReLU(negative_slope = 0.2),
        layer8: Residual(ReLU, Flatten, shortcut = (Conv2D(filters = 48, kernel = [2, 6]))),
    }
    Random15: [4, 3, 13] => {
        Conv2D(filters = 6, kernel = [3, 1], stride = 3, padding = [2, 0]),
        layer1: LeakyReLU(negative_slope = -0.5),
        Conv2D(filters = 4, kernel = [1, 2], stride = [2, 3], padding = [0, 1]), Dropout(percent = 10),
    }
    Random16: [8, 1, 1] => {
        PReLU(per_channel = true), layer1: BatchNorm(eps = 0.5), Dense(units = 7), LeakyReLU(negative_slope = 0.01),
        layer4: Dense(units = 12), LeakyReLU(negative_slope = 0.01),
    }
    Random17: [3, 14, 16; f64] => {
        BatchNorm(eps = 1e-5), layer1: AvgPool2D(window = 2, stride = [3, 1], padding = 1),
        Conv2D(filters = 5, kernel = 3, stride = [1, 2], padding = 2), layer3: Dropout(percent = 90),
        layer4: Conv2D(filters = 3, kernel = [1, 4], stride = [2, 3], padding = 1),
    }
    Random18: [1, 12, 7] => {
        PReLU(per_channel = true), Flatten, LeakyReLU(negative_slope = -0.5),
        Conv2D(filters = 5, kernel = 1, stride = [2, 1], padding = 1), Dropout(percent = 10),
    }
    Random19: [3, 13, 10] => {
        Dropout(percent = 10), Conv2D(filters = 3, kernel = [2, 1], stride = [1, 2], padding = [1, 0]),
        Dropout(percent = 90), MaxPool2D(window = 4, stride = [3, 2], padding = [2, 0]),
        MaxPool2D(window = 1, stride = [1, 2], padding = 0), layer5: PReLU(per_channel = true),
        Conv2D(filters = 3, kernel = 1, stride = [1, 2], padding = [1, 0]),
    }
    Random20: [4, 12, 13] => {
        BatchNorm(eps = 1e-3), Conv2D(filters = 3, kernel = [4, 2], stride = [1, 2], padding = [1, 2]),
        Dropout(percent = 10), BatchNorm(eps = 1e-5), Residual(ReLU), Softmax, Flatten, Dense(units = 11),
        BatchNorm(eps = 0.5),
    }
    Random21: [1, 12, 11] => {
        BatchNorm(eps = 1e-3), Flatten, Dropout(percent = 50), Dense(units = 10), layer4: Softmax,
        layer5: Dense(units = 12),
    }
    Random22: [4, 4, 3] => {
        layer0: ReLU, Flatten, layer2: LeakyReLU(negative_slope = 0.01),
        Residual(
            layer0: Dense(units = 10), Dropout(percent = 50),
            layer2: Residual(
                Dense(units = 6), Dense(units = 6),
                shortcut = (Conv2D(filters = 6, kernel = [1, 1]), BatchNorm),
            ),
            shortcut = (Conv2D(filters = 6, kernel = [1, 1]), BatchNorm),
        ),
        Residual(
            layer0: Conv2D(filters = 4, kernel = 1, stride = 2, padding = 0), BatchNorm(eps = 0.5),
            shortcut = (layer0: Conv2D(filters = 4, kernel = [1, 1]), BatchNorm),
        ),
        Residual(
            Residual(
                Dense(units = 2), layer1: ReLU, LeakyReLU(negative_slope = 0.01), layer3: Dense(units = 10),
                shortcut = (layer0: Conv2D(filters = 10, kernel = [1, 1]), BatchNorm),
            ),
            LeakyReLU(negative_slope = 0.2),
            shortcut = (Conv2D(filters = 10, kernel = [1, 1]), BatchNorm),
        ),
        ReLU, Conv2D(filters = 5, kernel = 1, stride = [3, 2], padding = [1, 0]),
        layer8: Residual(layer0: Dense(units = 10), shortcut = (Conv2D(filters = 10, kernel = [1, 1]), BatchNorm)),
    }
    Random23: [4, 16, 15; f64] => {
        PReLU(per_channel = true), layer1: Conv2D(filters = 2, kernel = 3, stride = [2, 1], padding = 1),
        BatchNorm(eps = 1e-3), Flatten,
    }
    Random24: [15, 1, 1] => {
        Dense(units = 9), layer1: BatchNorm(eps = 1e-3),
        layer2: Residual(
            Dropout(percent = 10),
            Residual(
                layer0: Dropout(percent = 90), layer1: Dense(units = 10), ReLU, Dense(units = 7),
                shortcut = (Conv2D(filters = 7, kernel = [1, 1]), BatchNorm),
            ),
            BatchNorm(eps = 0.5),
            shortcut = (Conv2D(filters = 7, kernel = [1, 1]), BatchNorm),
        ),
        ReLU,
        Residual(
            layer0: LeakyReLU(negative_slope = 0.01), Dense(units = 4), BatchNorm(eps = 1e-3),
            shortcut = (Conv2D(filters = 4, kernel = [1, 1]), BatchNorm),
        ),
        BatchNorm(eps = 0.5), BatchNorm(eps = 1e-3), Dense(units = 4), BatchNorm(eps = 1e-5),
    }
    Random25: [2, 15, 14] => {
        Flatten, layer1: BatchNorm(eps = 0.5),
        Residual(Dense(units = 8), shortcut = (Conv2D(filters = 8, kernel = [1, 1]), BatchNorm)),
        layer3: PReLU(per_channel = false), layer4: Residual(Residual(ReLU), ReLU),
    }
    Random26: [3, 5, 5] => {
        BatchNorm(eps = 0.5),
        Residual(
            layer0: Residual(
                layer0: Dropout(percent = 90), AvgPool2D(window = [1, 3], stride = 1, padding = 0),
                MaxPool2D(window = [4, 3], stride = [2, 3], padding = [2, 0]),
                Conv2D(filters = 4, kernel = [2, 1], stride = 1, padding = [0, 1]),
                shortcut = (Conv2D(filters = 4, kernel = [4, 3])),
            ),
            PReLU(per_channel = false),
            shortcut = (Conv2D(filters = 4, kernel = [4, 3]), BatchNorm),
        ),
        layer2: ReLU, Flatten, layer4: Dropout(percent = 50), PReLU(per_channel = true), ReLU,
    }
    Random27: [3, 12, 16] => {
        layer0: Dropout(percent = 10),
        layer1: Conv2D(filters = 6, kernel = [3, 4], stride = [3, 2], padding = [0, 2]), Dropout(percent = 50),
        AvgPool2D(window = [1, 3], stride = [1, 3], padding = [0, 1]), BatchNorm(eps = 1e-5),
    }
    Random28: [1, 4, 11] => {
        PReLU(per_channel = true), layer1: ReLU, Dropout(percent = 10),
        Conv2D(filters = 2, kernel = [4, 3], stride = 1, padding = [1, 2]), LeakyReLU(negative_slope = 0.2),
    }
    Random29: [3, 7, 14; f64] => {
        LeakyReLU(negative_slope = 0.2),
        layer1: Residual(
            MaxPool2D(window = [3, 2], stride = [1, 3], padding = 0), layer1: BatchNorm(eps = 1e-5),
            shortcut = (Conv2D(filters = 3, kernel = [3, 10])),
        ),
        layer2: BatchNorm(eps = 0.5), layer3: Conv2D(filters = 2, kernel = 2, stride = 2, padding = [0, 1]),
        layer4: LeakyReLU(negative_slope = -0.5),
    }
    Random30: [3, 7, 3] => {
        layer0: LeakyReLU(negative_slope = 0.2), Conv2D(filters = 2, kernel = [1, 3], stride = 2, padding = [1, 2]),
        ReLU, layer3: Residual(LeakyReLU(negative_slope = -0.5)), BatchNorm(eps = 1e-5),
        layer5: Residual(
            Dropout(percent = 90), Flatten, LeakyReLU(negative_slope = 0.2),
            shortcut = (Conv2D(filters = 30, kernel = [5, 3]), BatchNorm),
        ),
        PReLU(per_channel = false),
    }
    Random31: [1, 4, 8] => {
        ReLU, PReLU(per_channel = true), MaxPool2D(window = [1, 4], stride = [2, 1], padding = 0),
        layer3: Dropout(percent = 90), BatchNorm(eps = 1e-5), Softmax,
        Residual(
            Residual(
                ReLU, AvgPool2D(window = [2, 4], stride = [2, 3], padding = [0, 1]), Dropout(percent = 10),
                Conv2D(filters = 2, kernel = 1, stride = 3, padding = [1, 0]),
                shortcut = (Conv2D(filters = 2, kernel = [2, 5])),
            ),
            ReLU, Residual(ReLU), ReLU,
            shortcut = (Conv2D(filters = 2, kernel = [2, 5])),
        ),
        ReLU,
    }
    Random32: [3, 1, 1] => {
        Residual(
            Residual(layer0: Dense(units = 2), BatchNorm(eps = 0.5), Dense(units = 3)),
            LeakyReLU(negative_slope = -0.5), Residual(layer0: PReLU(per_channel = true)),
        ),
        layer1: LeakyReLU(negative_slope = 0.2),
        layer2: Residual(
            Residual(
                layer0: BatchNorm(eps = 1e-3), layer1: LeakyReLU(negative_slope = 0.01), Dense(units = 12),
                shortcut = (Conv2D(filters = 12, kernel = [1, 1]), BatchNorm),
            ),
            BatchNorm(eps = 0.5), Residual(ReLU), Dense(units = 6),
            shortcut = (layer0: Conv2D(filters = 6, kernel = [1, 1]), BatchNorm),
        ),
        layer3: ReLU, layer4: Softmax,
    }
}
