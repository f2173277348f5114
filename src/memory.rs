//! Allocations that panic with a message if they fail.

use alloc::boxed::Box;
use core::any::type_name;
use core::fmt;

use bytemuck::Zeroable;

/// Allocates `count` zero values in one block, without passing them through the stack.
///
/// # Panics
/// If memory cannot be allocated.
pub(crate) fn zeros<T: Zeroable>(count: usize) -> Box<[T]> {
    bytemuck::try_zeroed_slice_box(count).unwrap_or_else(|()| refuse::<T>(count))
}

/// Allocates one zero value, without passing it through the stack.
///
/// # Panics
/// If memory cannot be allocated.
pub(crate) fn zeroed<T: Zeroable>() -> Box<T> {
    bytemuck::try_zeroed_box().unwrap_or_else(|()| refuse::<T>(1))
}

/// Panics with the type and size that could not be allocated.
#[cold]
pub(crate) fn refuse<T>(count: usize) -> ! {
    let bytes = count as u128 * size_of::<T>() as u128;
    panic!("no memory for {count} × {}: {bytes} bytes", ShortName(type_name::<T>()))
}

/// The name of a type without its modules, truncated if it is long: that of a network has kilobytes.
struct ShortName(&'static str);

impl fmt::Display for ShortName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONG: usize = 60;
        let mut written = 0;
        for part in self.0.split_inclusive(['<', '>', ',', ' ', '[', ']', ';', '(', ')']) {
            let part = part.rsplit("::").next().unwrap_or(part);
            if written + part.len() > LONG {
                return f.write_str("…");
            }
            f.write_str(part)?;
            written += part.len();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec::Vec;

    #[test]
    #[should_panic(expected = "no memory for 3 × [[f32; 1048576]; 1048576]: 13194139533312 bytes")]
    fn what_there_is_no_memory_for_is_said() {
        refuse::<[[f32; 1 << 20]; 1 << 20]>(3);
    }

    #[test]
    fn types_have_short_names() {
        assert_eq!(ShortName(type_name::<Option<Vec<ShortName>>>()).to_string(), "Option<Vec<ShortName>>");
        let long = "a::Chain<a::layer::Dense<784, 128>, a::Chain<a::layer::ReLU<128, 1, 1>, a::layer::Dense<128, 10>>>";
        assert_eq!(ShortName(long).to_string(), "Chain<Dense<784, 128>, Chain<ReLU<128, 1, 1>, Dense<128, 10>…");
        assert_eq!(ShortName(type_name::<[(u8, f32); 4]>()).to_string(), "[(u8, f32); 4]");
    }
}
