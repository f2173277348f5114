//! From a PNG file of a handwritten digit to the network's input, as the example `predict` does it.

#[path = "../../../predict/caught.rs"]
mod caught;
#[path = "../../../predict/chunks.rs"]
mod chunks;
#[allow(dead_code, reason = "it also reads what a page draws")]
#[path = "../../../shared/handwriting/mod.rs"]
mod handwriting;
#[allow(dead_code, reason = "it also opens files")]
#[path = "../../../predict/picture.rs"]
mod picture;

use std::io::Cursor;

use handwriting::{frame, ink};
use picture::Fault;
use shapeproof::io::Model;
use shapeproof::layer::Module;
use shapeproof::tensor::Tensor;

/// The most pixels of a picture: a few bytes of a file must not become much memory, and there may be many requests.
const LARGEST: u64 = 1 << 22;

/// Where a PNG file has its width and its height, of four bytes each: in the chunk IHDR, which is the first.
const SIZE: usize = 16;

/// The network's input.
///
/// # Errors
/// What is wrong with the picture.
pub fn input<N>(bytes: &[u8], model: &Model<N>) -> Result<Box<Tensor<1, 28, 28>>, String>
where
    N: Module<Scalar = f32, Input = Tensor<1, 28, 28>>,
{
    let [width, height] = [0, 4].map(|at| bytes.get(SIZE + at..).and_then(<[u8]>::first_chunk).copied());
    if let (Some(width), Some(height)) = (width.map(u32::from_be_bytes), height.map(u32::from_be_bytes))
        && bytes.starts_with(b"\x89PNG")
        && u64::from(width) * u64::from(height) > LARGEST
    {
        return Err(format!("size: found {width}×{height} pixels, expected at most {LARGEST}"));
    }
    let decode = || -> Result<_, Fault> {
        let (ink, _) = ink::ink(picture::decode(Cursor::new(bytes))?).ok_or(Fault::Empty)?;
        Ok(frame::frame(ink))
    };
    let decoded = caught::caught(decode).unwrap_or_else(|panic| Err(Fault::Panicked(panic)));
    Ok(model.input(decoded.map_err(|fault| fault.to_string())?.as_slice()))
}
