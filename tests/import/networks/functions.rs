shapeproof::network! {
    pub type Functions = [4, 6, 5] =>
        LeakyReLU, LeakyReLU(negative_slope = 0.2), PReLU(per_channel = true), ELU,
        ELU(alpha = 0.5), GELU, GELU(approximate = true), SiLU, Softplus,
        Softplus(beta = 2.0, threshold = 5.0), Sigmoid, Tanh, HardSigmoid, HardSwish,
        Clip(min = 0.0, max = 6.0), Clip(min = -0.5, max = 0.75), LogSoftmax,
        AvgPool2D(window = 3, stride = 2, padding = 1),                     // 4×3×3
        Conv2D(filters = 2, kernel = [1, 3], stride = [2, 1], padding = 1), // 2×3×3
        MaxPool2D(window = [2, 1]), Softmax,                                // 2×1×3
        Flatten,                                                            // 6
}
