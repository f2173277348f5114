//! What the example `import` prints for the models of models.py. Written by the test, see README.md.

use crate::import::{Compare, compare};

/// The networks below.
pub const NETWORKS: &[(&str, Compare)] = &[
    ("AllConvolutional", compare::<AllConvolutional>),
    ("BottleneckNet", compare::<BottleneckNet>),
    ("Decoder", compare::<Decoder>),
    ("Enlarged", compare::<Enlarged>),
    ("EnlargedSeries", compare::<EnlargedSeries>),
    ("Exponentials", compare::<Exponentials>),
    ("Gelus", compare::<Gelus>),
    ("GroupNorms", compare::<GroupNorms>),
    ("HardOnes", compare::<HardOnes>),
    ("InstanceNorms", compare::<InstanceNorms>),
    ("Interpolated", compare::<Interpolated>),
    ("LargerSeries", compare::<LargerSeries>),
    ("LayerNorms", compare::<LayerNorms>),
    ("LeNet5", compare::<LeNet5>),
    ("Maxouts", compare::<Maxouts>),
    ("MobileNetLike", compare::<MobileNetLike>),
    ("NestedResiduals", compare::<NestedResiduals>),
    ("NormedVectors", compare::<NormedVectors>),
    ("PaddedAverages", compare::<PaddedAverages>),
    ("Perceptron", compare::<Perceptron>),
    ("PlainNorms", compare::<PlainNorms>),
    ("PreActivationNet", compare::<PreActivationNet>),
    ("Rectangles", compare::<Rectangles>),
    ("Rectifiers", compare::<Rectifiers>),
    ("Reshaped", compare::<Reshaped>),
    ("ResidualVectors", compare::<ResidualVectors>),
    ("Series", compare::<Series>),
    ("Sigmoids", compare::<Sigmoids>),
    ("Sixes", compare::<Sixes>),
    ("SmallResNet", compare::<SmallResNet>),
    ("SqueezeNetLike", compare::<SqueezeNetLike>),
    ("VggLike", compare::<VggLike>),
    ("WaveNet", compare::<WaveNet>),
    ("WithoutBias", compare::<WithoutBias>),
    ("AllConvolutionalStateDict", compare::<AllConvolutionalStateDict>),
    ("DecoderDynamo", compare::<DecoderDynamo>),
    ("LargerSeriesDynamo", compare::<LargerSeriesDynamo>),
    ("NestedResidualsStateDict", compare::<NestedResidualsStateDict>),
    ("NormedVectorsDynamo", compare::<NormedVectorsDynamo>),
    ("PlainNormsStateDict", compare::<PlainNormsStateDict>),
    ("SeriesStateDict", compare::<SeriesStateDict>),
    ("VggLikeStateDict", compare::<VggLikeStateDict>),
];

shapeproof::network! {
    pub type AllConvolutional = [3, 32, 32] =>
        Conv2D(filters = 8, kernel = 3, padding = 1), ReLU,              // 8×32×32
        Conv2D(filters = 8, kernel = 3, stride = 2, padding = 1), ReLU,  // 8×16×16
        Conv2D(filters = 16, kernel = 3, padding = 1), ReLU,             // 16×16×16
        Conv2D(filters = 16, kernel = 3, stride = 2, padding = 1), ReLU, // 16×8×8
        Conv2D(filters = 10, kernel = 1),                                // 10×8×8
        GlobalAvgPool2D, Flatten, LogSoftmax,                            // 10
}

shapeproof::network! {
    pub type BottleneckNet = [3, 16, 16] =>
        Conv2D(filters = 8, kernel = 3, padding = 1), ReLU, // 8×16×16
        Residual(
            Conv2D(filters = 4, kernel = 1), ReLU, // 4×16×16
            Conv2D(filters = 4, kernel = 3, padding = 1), ReLU,
            Conv2D(filters = 8, kernel = 1),       // 8×16×16
        ),
        ReLU,
        Residual(
            Conv2D(filters = 4, kernel = 1), ReLU, // 4×16×16
            Conv2D(filters = 4, kernel = 3, padding = 1), ReLU,
            Conv2D(filters = 8, kernel = 1),       // 8×16×16
        ),
        ReLU,
        GlobalAvgPool2D,  // 8
        Dense(units = 4), // 4
}

shapeproof::network! {
    pub type Decoder = [16, 1, 1] =>
        Dense(units = 24), ReLU,                                                                                           // 24
        Unflatten(channels = 4, height = 3, width = 2),                                                                    // 4×3×2
        ConvTranspose2D(filters = 6, kernel = 3, stride = 2, padding = 1, output_padding = 1),                             // 6×6×4
        BatchNorm, ReLU,
        ConvTranspose2D(filters = 2, kernel = [2, 3], stride = [2, 1], padding = [0, 1], dilation = [3, 2], bias = false), // 2×14×6
        Sigmoid,
}

shapeproof::network! {
    pub type Enlarged = [3, 6, 5] =>
        Conv2D(filters = 4, kernel = 3, padding = 1), // 4×6×5
        Upsample(scale = 2), ReLU,                    // 4×12×10
        Upsample(scale = [1, 3]),                     // 4×12×30
        Conv2D(filters = 2, kernel = 3),              // 2×10×28
        Upsample(scale = [2, 3]), Softmax(axis = 2),  // 2×20×84
        Conv2D(filters = 2, kernel = 1), LogSoftmax(axis = 3),
}

shapeproof::network! {
    pub type EnlargedSeries = [2, 1, 12] =>
        Conv1D(filters = 4, kernel = 3, padding = 1), // 4×1×12
        Upsample(scale = [1, 2]), ReLU,               // 4×1×24
        Conv1D(filters = 3, kernel = 1),              // 3×1×24
        Upsample(scale = [1, 3]), Tanh,               // 3×1×72
}

shapeproof::network! {
    pub type Exponentials = [20, 1, 1] =>
        Dense(units = 16), ELU(alpha = 0.7), // 16
        Dense(units = 16), Softplus,
        Dense(units = 16), Softplus(beta = 2.0),
        Dense(units = 5),                    // 5
}

shapeproof::network! {
    pub type Gelus = [20, 1, 1] =>
        Dense(units = 16), GELU, // 16
        Dense(units = 16), GELU(approximate = true),
        Dense(units = 5),        // 5
}

shapeproof::network! {
    pub type GroupNorms = [3, 8, 7] =>
        Conv2D(filters = 6, kernel = 3), GroupNorm(groups = 3), ReLU, // 6×6×5
        GroupNorm(groups = 1, eps = 0.1),
        Conv2D(filters = 4, kernel = 1), GroupNorm(groups = 4),       // 4×6×5
        Flatten,                                                      // 120
        Dense(units = 8), GroupNorm(groups = 2), Tanh,                // 8
}

shapeproof::network! {
    pub type HardOnes = [20, 1, 1] =>
        Dense(units = 16), HardSwish, // 16
        Dense(units = 16), HardSigmoid,
        Dense(units = 16), Clip(min = -0.5, max = 0.75),
        Dense(units = 5),             // 5
}

shapeproof::network! {
    pub type InstanceNorms = [3, 8, 7] =>
        Conv2D(filters = 6, kernel = 3), GroupNorm(groups = 6), ReLU,      // 6×6×5
        Conv2D(filters = 4, kernel = 3), GroupNorm(groups = 4, eps = 0.1), // 4×4×3
}

shapeproof::network! {
    pub type Interpolated = [2, 5, 4] =>
        Conv2D(filters = 4, kernel = 3, padding = 1),       // 4×5×4
        Upsample(scale = 2, bilinear = true), ReLU,         // 4×10×8
        Conv2D(filters = 3, kernel = 1),                    // 3×10×8
        Upsample(scale = [3, 2], bilinear = true), Softmax, // 3×30×16
}

shapeproof::network! {
    pub type LargerSeries = [3, 1, 10] =>
        Conv1D(filters = 4, kernel = 3, padding = 1), ELU,                                // 4×1×10
        ConvTranspose2D(filters = 2, kernel = [1, 4], stride = [1, 2], padding = [0, 1]), // 2×1×20
        Softmax,
        AvgPool1D(window = 2),                                                            // 2×1×10
        MaxPool1D(window = 2),                                                            // 2×1×5
}

shapeproof::network! {
    pub type LayerNorms = [3, 4, 5] =>
        LayerNorm,
        Conv2D(filters = 4, kernel = 3), ReLU,        // 4×2×3
        Flatten,                                      // 24
        Dense(units = 8), LayerNorm(eps = 0.1), Tanh, // 8
}

shapeproof::network! {
    pub type LeNet5 = [1, 28, 28] =>
        Conv2D(filters = 6, kernel = 5, padding = 2), ReLU, // 6×28×28
        MaxPool2D(window = 2),                              // 6×14×14
        Conv2D(filters = 16, kernel = 5), ReLU,             // 16×10×10
        MaxPool2D(window = 2),                              // 16×5×5
        Flatten,                                            // 400
        Dense(units = 120), ReLU,                           // 120
        Dense(units = 84), ReLU,                            // 84
        Dense(units = 10),                                  // 10
}

shapeproof::network! {
    pub type Maxouts = [3, 8, 7] =>
        Conv2D(filters = 6, kernel = 3), // 6×6×5
        Maxout(pieces = 3),              // 2×6×5
        Conv2D(filters = 4, kernel = 3), // 4×4×3
        Gate(Softmax(axis = [2, 3])),
        Flatten,            // 48
        Dense(units = 12),  // 12
        Maxout(pieces = 4), // 3
        Dense(units = 2),   // 2
}

shapeproof::network! {
    pub type MobileNetLike = [3, 16, 16] =>
        Conv2D(filters = 8, kernel = 3, stride = 2, padding = 1), Clip(min = 0.0, max = 6.0), // 8×8×8
        Conv2D(filters = 8, kernel = 3, padding = 1, groups = 8), Clip(min = 0.0, max = 6.0),
        Conv2D(filters = 16, kernel = 1),                                                     // 16×8×8
        GlobalAvgPool2D,                                                                      // 16
        Dense(units = 4),                                                                     // 4
}

shapeproof::network! {
    pub type NestedResiduals = [4, 6, 5] =>
        Residual(
            Conv2D(filters = 4, kernel = 3, padding = 1),
            Residual(
                ReLU,
                Conv2D(filters = 4, kernel = 1),
            ),
            shortcut = (Conv2D(filters = 4, kernel = 1)),
        ),
        ReLU,
        Residual(
            Conv2D(filters = 6, kernel = 3, stride = 2, padding = 1), Tanh, // 6×3×3
            shortcut = (Conv2D(filters = 6, kernel = 1, stride = 2)),
        ), // 6×3×3
        Flatten,          // 54
        Dense(units = 3), // 3
}

shapeproof::network! {
    pub type NormedVectors = [20, 1, 1] =>
        Dense(units = 16), BatchNorm(eps = 0.001, momentum = 0.2), ReLU, // 16
        Dense(units = 5),                                                // 5
}

shapeproof::network! {
    pub type PaddedAverages = [3, 8, 8] =>
        AvgPool2D(window = 3, stride = 2, padding = 1),    // 3×4×4
        Conv2D(filters = 4, kernel = 3, padding = 1), ELU, // 4×4×4
        AvgPool2D(window = 2),                             // 4×2×2
}

shapeproof::network! {
    pub type Perceptron = [1, 28, 28] =>
        Flatten,                    // 784
        Dense(units = 32), Tanh,    // 32
        Dense(units = 10), Softmax, // 10
}

shapeproof::network! {
    pub type PlainNorms = [3, 8, 7] =>
        Conv2D(filters = 6, kernel = 3), GroupNorm(groups = 6), ReLU, GroupNorm(groups = 3), // 6×6×5
        Conv2D(filters = 4, kernel = 3), ReLU, LayerNorm, LayerNorm,                         // 4×4×3
}

shapeproof::network! {
    pub type PreActivationNet = [2, 9, 7] =>
        Conv2D(filters = 6, kernel = 3), // 6×7×5
        Residual(
            BatchNorm, SiLU,
            Conv2D(filters = 6, kernel = 3, padding = 1), SiLU,
            Conv2D(filters = 6, kernel = 3, padding = 1),
        ),
        Residual(
            BatchNorm, SiLU,
            Conv2D(filters = 6, kernel = 3, padding = 1), SiLU,
            Conv2D(filters = 6, kernel = 3, padding = 1),
        ),
        BatchNorm, SiLU,
}

shapeproof::network! {
    pub type Rectangles = [2, 11, 14] =>
        Conv2D(filters = 5, kernel = [3, 5], stride = [2, 1], padding = [1, 2]), // 5×6×14
        PReLU(per_channel = true),
        MaxPool2D(window = [2, 3], stride = [1, 2], padding = 1),                // 5×7×7
        AvgPool2D(window = [3, 2], stride = 1, padding = [1, 0]),                // 5×7×6
        Conv2D(filters = 8, kernel = [1, 4]),                                    // 8×7×3
        GlobalMaxPool2D,                                                         // 8
}

shapeproof::network! {
    pub type Rectifiers = [20, 1, 1] =>
        Dense(units = 16), LeakyReLU(negative_slope = 0.2), // 16
        Dense(units = 16), PReLU,
        Dense(units = 16), PReLU(per_channel = true),
        Dense(units = 5),                                   // 5
}

shapeproof::network! {
    pub type Reshaped = [2, 8, 6] =>
        Conv2D(filters = 8, kernel = 3, stride = 2, padding = 1), ReLU, // 8×4×3
        Flatten,                                                        // 96
        Dense(units = 4),                                               // 4
}

shapeproof::network! {
    pub type ResidualVectors = [12, 1, 1] =>
        Residual(
            Dense(units = 8), ReLU, // 8
            Dense(units = 12),      // 12
        ),
        LogSoftmax,
}

shapeproof::network! {
    pub type Series = [2, 1, 40] =>
        Conv1D(filters = 6, kernel = 5, padding = 2), ReLU,                                 // 6×1×40
        MaxPool1D(window = 2),                                                              // 6×1×20
        Conv1D(filters = 8, kernel = 3, stride = 2, padding = 1, dilation = 2, groups = 2), // 8×1×9
        GroupNorm(groups = 2), PReLU(per_channel = true),
        AvgPool1D(window = 3, stride = 1, padding = 1), GroupNorm(groups = 8),
        Conv2D(filters = 4, kernel = [1, 2], padding = [[0, 0], [0, 1]]), LayerNorm,        // 4×1×9
        MaxPool1D(window = 3, stride = 2, padding = 1), Softmax(axis = 3),                  // 4×1×5
        GlobalAvgPool2D, Flatten,                                                           // 4
        Dense(units = 3),                                                                   // 3
}

shapeproof::network! {
    pub type Sigmoids = [20, 1, 1] =>
        Dense(units = 16), Sigmoid, // 16
        Dense(units = 16), SiLU,
        Dense(units = 16), Tanh,
        Dense(units = 5),           // 5
}

shapeproof::network! {
    pub type Sixes = [3, 12, 10] =>
        Conv2D(filters = 8, kernel = 3, padding = 1), Clip(min = 0.0, max = 6.0),             // 8×12×10
        Conv2D(filters = 8, kernel = 3, stride = 2, padding = 1), Clip(min = 0.0, max = 6.0), // 8×6×5
        GlobalAvgPool2D,                                                                      // 8
}

shapeproof::network! {
    pub type SmallResNet = [3, 32, 32] =>
        Conv2D(filters = 8, kernel = 3, padding = 1), ReLU, // 8×32×32
        Residual(
            Conv2D(filters = 8, kernel = 3, padding = 1), ReLU,
            Conv2D(filters = 8, kernel = 3, padding = 1),
        ),
        ReLU,
        Residual(
            Conv2D(filters = 8, kernel = 3, padding = 1), ReLU,
            Conv2D(filters = 8, kernel = 3, padding = 1),
        ),
        ReLU,
        Residual(
            Conv2D(filters = 16, kernel = 3, stride = 2, padding = 1), ReLU, // 16×16×16
            Conv2D(filters = 16, kernel = 3, padding = 1),
            shortcut = (Conv2D(filters = 16, kernel = 1, stride = 2)),
        ), // 16×16×16
        ReLU,
        Residual(
            Conv2D(filters = 16, kernel = 3, padding = 1), ReLU,
            Conv2D(filters = 16, kernel = 3, padding = 1),
        ),
        ReLU,
        Residual(
            Conv2D(filters = 32, kernel = 3, stride = 2, padding = 1), ReLU, // 32×8×8
            Conv2D(filters = 32, kernel = 3, padding = 1),
            shortcut = (Conv2D(filters = 32, kernel = 1, stride = 2)),
        ), // 32×8×8
        ReLU,
        Residual(
            Conv2D(filters = 32, kernel = 3, padding = 1), ReLU,
            Conv2D(filters = 32, kernel = 3, padding = 1),
        ),
        ReLU,
        GlobalAvgPool2D, Flatten, // 32
        Dense(units = 10),        // 10
}

shapeproof::network! {
    pub type SqueezeNetLike = [3, 16, 16] =>
        Conv2D(filters = 8, kernel = 3, stride = 2), ReLU, // 8×7×7
        Conv2D(filters = 4, kernel = 1), ReLU,             // 4×7×7
        Concat(
            (Conv2D(filters = 8, kernel = 1), ReLU),
            (Conv2D(filters = 8, kernel = 3, padding = 1), ReLU),
        ), // 16×7×7
        Conv2D(filters = 4, kernel = 1), ReLU, // 4×7×7
        Concat(
            (Conv2D(filters = 8, kernel = 1), ReLU),
            (Conv2D(filters = 8, kernel = 3, padding = 1), ReLU),
        ), // 16×7×7
        Conv2D(filters = 5, kernel = 1), // 5×7×7
        GlobalAvgPool2D,                 // 5
}

shapeproof::network! {
    pub type VggLike = [3, 32, 32] =>
        Conv2D(filters = 8, kernel = 3, padding = 1), ReLU,  // 8×32×32
        MaxPool2D(window = 2),                               // 8×16×16
        Conv2D(filters = 16, kernel = 3, padding = 1), ReLU, // 16×16×16
        MaxPool2D(window = 2),                               // 16×8×8
        Flatten,                                             // 1024
        Dense(units = 32), ReLU,                             // 32
        Dense(units = 10),                                   // 10
}

shapeproof::network! {
    pub type WaveNet = [64, 1, 1] =>
        Unflatten(channels = 1, height = 1, width = 64),    // 1×1×64
        Conv1D(filters = 6, kernel = 9, padding = 4), ReLU, // 6×1×64
        MaxPool1D(window = 2),                              // 6×1×32
        Residual(Conv1D(filters = 6, kernel = 3, padding = 1), GELU),
        Conv1D(filters = 8, kernel = 4, stride = 2, padding = 1, dilation = 2), // 8×1×14
        GlobalAvgPool2D,                                                        // 8
        Dense(units = 3),                                                       // 3
}

shapeproof::network! {
    pub type WithoutBias = [20, 1, 1] =>
        Dense(units = 16, bias = false), ReLU, // 16
        Dense(units = 5, bias = false),        // 5
}

shapeproof::network! {
    pub type AllConvolutionalStateDict = [3, 32, 32] =>
        Dropout(percent = 20),
        Conv2D(filters = 8, kernel = 3, padding = 1), ReLU,                      // 8×32×32
        Conv2D(filters = 8, kernel = 3, stride = 2, padding = 1), ReLU, Dropout, // 8×16×16
        Conv2D(filters = 16, kernel = 3, padding = 1), ReLU,                     // 16×16×16
        Conv2D(filters = 16, kernel = 3, stride = 2, padding = 1), ReLU,         // 16×8×8
        Conv2D(filters = 10, kernel = 1),                                        // 10×8×8
        GlobalAvgPool2D, Flatten, LogSoftmax,                                    // 10
}

shapeproof::network! {
    pub type DecoderDynamo = [16, 1, 1] =>
        Dense(units = 24), ReLU,                                                                                           // 24
        Unflatten(channels = 4, height = 3, width = 2),                                                                    // 4×3×2
        ConvTranspose2D(filters = 6, kernel = 3, stride = 2, padding = 1, output_padding = 1),                             // 6×6×4
        ReLU,
        ConvTranspose2D(filters = 2, kernel = [2, 3], stride = [2, 1], padding = [0, 1], dilation = [3, 2], bias = false), // 2×14×6
        Sigmoid,
}

shapeproof::network! {
    pub type LargerSeriesDynamo = [3, 1, 10] =>
        Conv1D(filters = 4, kernel = 3, padding = 1), ELU,                                // 4×1×10
        ConvTranspose2D(filters = 2, kernel = [1, 4], stride = [1, 2], padding = [0, 1]), // 2×1×20
        Softmax,
        AvgPool1D(window = 2),                                                            // 2×1×10
        MaxPool2D(window = [1, 2]),                                                       // 2×1×5
}

shapeproof::network! {
    pub type NestedResidualsStateDict = [4, 6, 5] =>
        Residual(
            Conv2D(filters = 4, kernel = 3, padding = 1),
            Residual(
                ReLU,
                Conv2D(filters = 4, kernel = 1),
            ),
            shortcut = (Conv2D(filters = 4, kernel = 1), BatchNorm),
        ),
        ReLU,
        Residual(
            Conv2D(filters = 6, kernel = 3, stride = 2, padding = 1), Tanh, // 6×3×3
            shortcut = (Conv2D(filters = 6, kernel = 1, stride = 2)),
        ), // 6×3×3
        Flatten,          // 54
        Dense(units = 3), // 3
}

shapeproof::network! {
    pub type NormedVectorsDynamo = [20, 1, 1] =>
        Dense(units = 16), ReLU, // 16
        Dense(units = 5),        // 5
}

shapeproof::network! {
    pub type PlainNormsStateDict = [3, 8, 7] =>
        Conv2D(filters = 6, kernel = 3), GroupNorm(groups = 6), ReLU, GroupNorm(groups = 3), // 6×6×5
        Conv2D(filters = 4, kernel = 3), BatchNorm, ReLU, LayerNorm, LayerNorm,              // 4×4×3
}

shapeproof::network! {
    pub type SeriesStateDict = [2, 1, 40] =>
        Conv1D(filters = 6, kernel = 5, padding = 2), BatchNorm, ReLU,                      // 6×1×40
        MaxPool1D(window = 2),                                                              // 6×1×20
        Conv1D(filters = 8, kernel = 3, stride = 2, padding = 1, dilation = 2, groups = 2), // 8×1×9
        GroupNorm(groups = 2), PReLU(per_channel = true),
        AvgPool1D(window = 3, stride = 1, padding = 1), GroupNorm(groups = 8),
        Conv2D(filters = 4, kernel = [1, 2], padding = [[0, 0], [0, 1]]), LayerNorm,        // 4×1×9
        MaxPool1D(window = 3, stride = 2, padding = 1), Softmax(axis = 3),                  // 4×1×5
        GlobalAvgPool2D, Flatten,                                                           // 4
        Dense(units = 3),                                                                   // 3
}

shapeproof::network! {
    pub type VggLikeStateDict = [3, 32, 32] =>
        Conv2D(filters = 8, kernel = 3, padding = 1), BatchNorm, ReLU,  // 8×32×32
        MaxPool2D(window = 2),                                          // 8×16×16
        Conv2D(filters = 16, kernel = 3, padding = 1), BatchNorm, ReLU, // 16×16×16
        MaxPool2D(window = 2),                                          // 16×8×8
        Flatten,                                                        // 1024
        Dense(units = 32), ReLU, Dropout,                               // 32
        Dense(units = 10),                                              // 10
}
