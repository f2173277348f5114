//! Memory aligned to cache lines.

use alloc::boxed::Box;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

use bytemuck::{Pod, Zeroable};

use crate::memory;

/// A boxed slice aligned to a cache line.
///
/// The longest vectors are as long as a cache line. In unaligned memory each of them would span two lines and take twice as long
/// to read.
pub(crate) struct Aligned<T> {
    lines: Box<[Line]>,
    len: usize,
    of: PhantomData<T>,
}

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
struct Line([u8; 64]);

impl<T: Pod> Aligned<T> {
    /// Allocates `len` zeros, without passing them through the stack.
    ///
    /// # Panics
    /// If memory cannot be allocated.
    pub(crate) fn zeros(len: usize) -> Self {
        let lines = len.checked_mul(size_of::<T>()).map(|bytes| bytes.div_ceil(size_of::<Line>()));
        let lines = lines.and_then(|lines| bytemuck::try_zeroed_slice_box(lines).ok());
        Aligned { lines: lines.unwrap_or_else(|| memory::refuse::<T>(len)), len, of: PhantomData }
    }

    /// The first `len` values. Allocates `room` zeros, if there are fewer.
    ///
    /// # Panics
    /// If `room` is less than `len`, or memory cannot be allocated.
    pub(crate) fn of_room(&mut self, room: usize, len: usize) -> &mut [T] {
        if self.len < len {
            *self = Aligned::zeros(room);
        }
        &mut self[..len]
    }
}

/// An empty slice, without an allocation.
impl<T> Default for Aligned<T> {
    fn default() -> Self {
        Aligned { lines: Box::default(), len: 0, of: PhantomData }
    }
}

impl<T: Pod> Deref for Aligned<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        let bytes: &[u8] = bytemuck::cast_slice(&self.lines);
        bytemuck::cast_slice(&bytes[..self.len * size_of::<T>()])
    }
}

impl<T: Pod> DerefMut for Aligned<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut self.lines);
        bytemuck::cast_slice_mut(&mut bytes[..self.len * size_of::<T>()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_at_a_line() {
        for len in [0, 1, 7, 100] {
            let mut aligned = Aligned::<[f32; 3]>::zeros(len);
            assert_eq!((aligned.len(), aligned.as_ptr() as usize % 64), (len, 0));
            assert!(aligned.iter_mut().all(|zeros| *zeros == [0.0; 3]));
        }
    }

    #[test]
    fn room_is_made_once() {
        let mut aligned = Aligned::<u32>::default();
        aligned.of_room(5, 3).fill(7);
        assert_eq!((aligned.len(), aligned.of_room(9, 5)), (5, &mut [7, 7, 7, 0, 0][..]));
        assert_eq!(aligned.of_room(9, 6), [0; 6]);
    }

    #[test]
    #[should_panic(expected = "no memory for")]
    fn a_size_does_not_wrap_around() {
        Aligned::<[f32; 2]>::zeros(usize::MAX / 8 + 2); // 8 bytes, if it did
    }
}
