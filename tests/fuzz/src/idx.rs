//! Any file opened as IDX: refused, or read the same way in memory and mapped.

use std::cell::RefCell;
use std::fs;

use shapeproof::data::idx::{Idx, Sample};
use shapeproof::tensor::Tensor;
use tempfile::NamedTempFile;

thread_local! {
    /// One file for all inputs of a thread.
    static FILE: RefCell<NamedTempFile> = RefCell::new(NamedTempFile::new().expect("a temporary file"));
}

pub fn fuzz(bytes: &[u8]) {
    FILE.with_borrow(|file| {
        fs::write(file.path(), bytes).expect("a temporary file can be written");
        read::<u8>(file, bytes);
        read::<i16>(file, bytes);
        read::<[f64; 2]>(file, bytes);
        read::<Tensor<1, 2, 3, u8>>(file, bytes);
        read::<Tensor<4, 1, 1, f32>>(file, bytes);
    });
}

/// An accepted file consists of a header and the samples, in their order.
#[allow(unsafe_code)]
fn read<S: Sample>(file: &NamedTempFile, bytes: &[u8]) {
    let path = file.path();
    // SAFETY: only this thread writes to the file, and not before the map is gone.
    let mapped = unsafe { Idx::<S>::map(path) };
    match (Idx::<S>::read(path), mapped) {
        (Ok(read), Ok(mapped)) => {
            let samples = size_of_val::<[S]>(&read);
            let header = bytes.len().checked_sub(samples).expect("no more samples than bytes");
            assert_eq!(header, 4 + 4 * usize::from(bytes[3]), "nothing but a header before the samples");
            assert!(bytemuck::cast_slice::<S, u8>(&read) == bytemuck::cast_slice::<S, u8>(&mapped));
        }
        (Err(read), Err(mapped)) => assert_eq!(read.to_string(), mapped.to_string()),
        (read, mapped) => panic!("read: {read:?}, mapped: {mapped:?}"),
    }
}
