//! The reference network, and pictures for it.

use shapeproof::tensor::{Tensor, flat_mut, zeros};

shapeproof::network! {
    /// The network of the example `mnist`.
    pub type DigitNet = [1, 28, 28] =>
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

/// Images in which every pixel has some grey, and labels.
pub fn digits(count: usize) -> (Box<[Tensor<1, 28, 28>]>, Vec<usize>) {
    let mut images = zeros::<Tensor<1, 28, 28>>(count);
    for (i, pixel) in flat_mut(&mut images).iter_mut().enumerate() {
        *pixel = (i * 7919 % 256) as f32 / 255.0;
    }
    (images, (0..count).map(|i| i % 10).collect())
}
