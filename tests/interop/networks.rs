//! Random networks, drawn by draw.py beside this file, which says how.

networks! {
    Random1: [1, 14, 13] => {
        PReLU(per_channel = false), Conv2D(filters = 5, kernel = 1, stride = 3, padding = [0, 1]), ReLU,
        Conv2D(filters = 3, kernel = [2, 1], stride = [1, 2], padding = [1, 0]), ReLU, Flatten
    }
    Random2: [4, 16, 3] => {
        MaxPool2D(window = [3, 2], stride = [2, 1], padding = [0, 1]), LeakyReLU(negative_slope = -0.5),
        Conv2D(filters = 2, kernel = [1, 2], stride = [1, 2], padding = [0, 2]),
        LeakyReLU(negative_slope = 0.01)
    }
    Random3: [1, 10, 8] => {
        ReLU, Conv2D(filters = 6, kernel = [2, 3], stride = [1, 2], padding = [1, 2]), BatchNorm(eps = 1e-3),
        Dropout(percent = 90), Conv2D(filters = 6, kernel = [2, 1], stride = [3, 1], padding = [2, 0]),
        Conv2D(filters = 5, kernel = 2, stride = 2, padding = 1),
        MaxPool2D(window = 3, stride = 3, padding = [1, 0]), Dense(units = 9)
    }
    Random4: [1, 4, 8] => {
        PReLU(per_channel = false), Conv2D(filters = 2, kernel = [1, 4], stride = 3, padding = [0, 2]),
        LeakyReLU(negative_slope = 0.2), BatchNorm(eps = 1e-5), Dropout(percent = 90)
    }
    Random5: [3, 13, 14; f64] => {
        Dropout(percent = 50), Conv2D(filters = 4, kernel = 1, stride = [2, 1], padding = [1, 0]), Flatten,
        Dropout(percent = 90), Dense(units = 9), Dense(units = 12), PReLU(per_channel = true),
        BatchNorm(eps = 0.5), Dense(units = 2), BatchNorm(eps = 0.5), ReLU
    }
    Random6: [4, 14, 9] => {
        BatchNorm(eps = 1e-3), Flatten, Dropout(percent = 90), Dropout(percent = 10), Dense(units = 8),
        PReLU(per_channel = false)
    }
    Random7: [2, 5, 12] => {
        LeakyReLU(negative_slope = 0.01), ReLU, Flatten, ReLU
    }
    Random8: [6, 1, 1] => {
        ReLU, Dense(units = 4), LeakyReLU(negative_slope = 0.01), LeakyReLU(negative_slope = -0.5),
        Dense(units = 7), Dense(units = 3),
        Conv2D(filters = 2, kernel = 1, stride = [3, 2], padding = [1, 0]), BatchNorm(eps = 0.5),
        Dense(units = 3), ReLU, PReLU(per_channel = true)
    }
    Random9: [2, 8, 4] => {
        PReLU(per_channel = true), LeakyReLU(negative_slope = -0.5),
        Conv2D(filters = 4, kernel = [4, 2], stride = [3, 1], padding = [1, 2]), BatchNorm(eps = 1e-5),
        Conv2D(filters = 6, kernel = 1, stride = [3, 2], padding = [1, 0]), PReLU(per_channel = true),
        Flatten, PReLU(per_channel = true), Conv2D(filters = 5, kernel = 1, stride = [2, 1], padding = 0),
        Dense(units = 9)
    }
    Random10: [3, 9, 11] => {
        Flatten, Dense(units = 2), LeakyReLU(negative_slope = 0.01), BatchNorm(eps = 1e-3),
        Dropout(percent = 10)
    }
    Random11: [2, 10, 15; f64] => {
        PReLU(per_channel = false), LeakyReLU(negative_slope = 0.01), Flatten, ReLU, Dense(units = 7),
        LeakyReLU(negative_slope = -0.5), Dense(units = 2)
    }
    Random12: [2, 12, 12] => {
        LeakyReLU(negative_slope = 0.01), MaxPool2D(window = [1, 4], stride = [1, 3], padding = 0),
        BatchNorm(eps = 0.5), Dropout(percent = 90), PReLU(per_channel = true)
    }
    Random13: [2, 12, 12] => {
        LeakyReLU(negative_slope = 0.01),
        Conv2D(filters = 3, kernel = [2, 1], stride = [2, 1], padding = [2, 0]), Flatten,
        Dropout(percent = 50), Dense(units = 3), Dropout(percent = 10), Dense(units = 4),
        PReLU(per_channel = true), Dense(units = 6), Dropout(percent = 10)
    }
    Random14: [1, 12, 12] => {
        LeakyReLU(negative_slope = -0.5), Flatten, Dense(units = 3), ReLU, Dense(units = 12),
        Dropout(percent = 50), Dropout(percent = 10), Dense(units = 10), ReLU, Dense(units = 7), Softmax
    }
    Random15: [4, 3, 13] => {
        Conv2D(filters = 6, kernel = [3, 1], stride = 3, padding = [2, 0]), LeakyReLU(negative_slope = 0.01),
        Flatten, LeakyReLU(negative_slope = 0.2), Dense(units = 12)
    }
    Random16: [8, 1, 1] => {
        PReLU(per_channel = true), Dense(units = 10), Dropout(percent = 90), Flatten,
        PReLU(per_channel = false), Dense(units = 7), LeakyReLU(negative_slope = 0.2)
    }
    Random17: [3, 14, 16; f64] => {
        BatchNorm(eps = 1e-5), Conv2D(filters = 4, kernel = 2, stride = [3, 1], padding = 2), Flatten,
        Dropout(percent = 90), Dense(units = 10), Dense(units = 6)
    }
    Random18: [1, 12, 7] => {
        PReLU(per_channel = true), Conv2D(filters = 5, kernel = [4, 1], stride = 3, padding = [2, 0]),
        LeakyReLU(negative_slope = -0.5), Conv2D(filters = 6, kernel = [1, 2], stride = [2, 3], padding = 1),
        LeakyReLU(negative_slope = 0.01)
    }
    Random19: [3, 13, 10] => {
        Dropout(percent = 10), Conv2D(filters = 2, kernel = [2, 1], stride = [2, 1], padding = 0),
        LeakyReLU(negative_slope = -0.5), Flatten, Dropout(percent = 90), Softmax, PReLU(per_channel = true),
        Dense(units = 6)
    }
    Random20: [4, 12, 13] => {
        BatchNorm(eps = 1e-3), Flatten, Dropout(percent = 90), PReLU(per_channel = true), Dense(units = 3),
        Dropout(percent = 50), Softmax, Dense(units = 12), Dropout(percent = 50), Dense(units = 11),
        Dense(units = 9)
    }
    Random21: [1, 12, 11] => {
        BatchNorm(eps = 1e-3), LeakyReLU(negative_slope = 0.2),
        Conv2D(filters = 6, kernel = [3, 1], stride = 2, padding = [2, 0]), Dropout(percent = 10),
        Conv2D(filters = 4, kernel = [2, 1], stride = 1, padding = 1), LeakyReLU(negative_slope = -0.5),
        MaxPool2D(window = 1, stride = 3, padding = 0)
    }
    Random22: [4, 4, 3] => {
        ReLU, Conv2D(filters = 5, kernel = [4, 3], stride = 3, padding = [2, 0]),
        LeakyReLU(negative_slope = 0.01), Flatten, BatchNorm(eps = 1e-5), ReLU, Dense(units = 12), Softmax,
        Dense(units = 12), PReLU(per_channel = false),
        Conv2D(filters = 4, kernel = 1, stride = 2, padding = 0)
    }
    Random23: [4, 16, 15; f64] => {
        PReLU(per_channel = true), Conv2D(filters = 2, kernel = [1, 3], stride = 2, padding = [1, 2]),
        BatchNorm(eps = 1e-3), Flatten
    }
    Random24: [15, 1, 1] => {
        Dense(units = 9), ReLU, Dense(units = 7), PReLU(per_channel = false),
        LeakyReLU(negative_slope = 0.01), Dense(units = 2), BatchNorm(eps = 0.5), Dense(units = 7),
        PReLU(per_channel = false), Dense(units = 4)
    }
    Random25: [2, 15, 14] => {
        MaxPool2D(window = [1, 2], stride = [1, 2], padding = 0), BatchNorm(eps = 0.5),
        Conv2D(filters = 3, kernel = [2, 3], stride = [3, 2], padding = 0), ReLU,
        Conv2D(filters = 6, kernel = 1, stride = [3, 2], padding = 0)
    }
    Random26: [3, 5, 5] => {
        BatchNorm(eps = 0.5), Flatten, Dropout(percent = 90), Dense(units = 2), Softmax, Dense(units = 6),
        Dropout(percent = 50), ReLU
    }
    Random27: [3, 12, 16] => {
        Dropout(percent = 10), Conv2D(filters = 2, kernel = 4, stride = [1, 3], padding = [1, 2]),
        Dropout(percent = 10), Conv2D(filters = 5, kernel = [3, 2], stride = [1, 3], padding = [1, 0]),
        Flatten
    }
    Random28: [1, 4, 11] => {
        PReLU(per_channel = true), ReLU, Flatten, LeakyReLU(negative_slope = -0.5), Dense(units = 12)
    }
    Random29: [3, 7, 14; f64] => {
        LeakyReLU(negative_slope = 0.2), Conv2D(filters = 6, kernel = [2, 3], stride = [2, 1], padding = 1),
        PReLU(per_channel = false), MaxPool2D(window = [1, 3], stride = 3, padding = [0, 1]), Softmax,
        Conv2D(filters = 2, kernel = [1, 2], stride = [1, 2], padding = [0, 1])
    }
}
