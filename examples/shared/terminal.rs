//! Digits in the terminal.

use shapeproof::tensor::Tensor;

/// Prints a digit, white on black: every second row, since letters are twice as high as wide.
pub fn show(image: &Tensor<1, 28, 28, u8>) {
    for row in image.0[0].iter().step_by(2) {
        let line: String = row.iter().map(|&pixel| [' ', '░', '▒', '▓', '█'][usize::from(pixel) / 52]).collect();
        println!("{}", line.trim_end());
    }
}
