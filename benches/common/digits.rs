//! The reference network, and images for it.

#[path = "../../examples/shared/digit_net.rs"]
mod digit_net;

pub use digit_net::DigitNet;
use shapeproof::tensor::{Tensor, flat_mut, zeros};

/// Images in which every pixel has some gray, and labels.
pub fn digits(count: usize) -> (Box<[Tensor<1, 28, 28>]>, Vec<usize>) {
    let mut images = zeros::<Tensor<1, 28, 28>>(count);
    for (i, pixel) in flat_mut(&mut images).iter_mut().enumerate() {
        *pixel = (i * 7919 % 256) as f32 / 255.0;
    }
    (images, (0..count).map(|i| i % 10).collect())
}
