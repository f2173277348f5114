//! Digits in the terminal.

use shapeproof::tensor::Tensor;

/// Draws a digit in lines of text, white on black: every second row, because characters are twice as high as wide.
pub fn lines(image: &Tensor<1, 28, 28, u8>) -> String {
    let line = |row: &[u8; 28]| {
        let line: String = row.iter().map(|&pixel| [' ', '░', '▒', '▓', '█'][usize::from(pixel) / 52]).collect();
        line.trim_end().to_string() + "\n"
    };
    image.0[0].iter().step_by(2).map(line).collect()
}
