//! How large a shape may be, and products of sizes that do not wrap around.

/// The most numbers in any part of a network: 2³¹ − 1, or 2²⁸ − 1 where addresses have 32 bits.
///
/// The limit applies to a sample, also with the padding of a convolution around it, to the patches a convolution makes of one, to
/// the parameters of a network, and to strides. A layer beyond it does not compile. Kernels count in `u32`, and as many numbers of
/// type `f64` are still an object that can be addressed.
pub const MAX_NUMBERS: usize = {
    let (counted, addressed) = (i32::MAX as usize, isize::MAX as usize / size_of::<f64>());
    if counted < addressed { counted } else { addressed }
};

/// The product of sizes, or `usize::MAX` if it overflows. No slice of numbers is that long.
///
/// A macro, because the compiler would have to unroll a loop over sizes before it knows that a geometry is a constant.
macro_rules! volume {
    ($first:expr $(, $size:expr)*) => {{
        let first: usize = $first;
        first$(.saturating_mul($size))*
    }};
}

pub(crate) use volume;

#[cfg(test)]
mod tests {
    #[test]
    fn a_product_does_not_wrap_around() {
        const HALF: usize = 1 << (usize::BITS / 2);
        assert_eq!(volume!(2, 3, 5), 30);
        assert_eq!((volume!(HALF, HALF), volume!(HALF, HALF, 0), volume!(0, HALF, HALF)), (usize::MAX, 0, 0));
        assert_eq!(volume!(usize::MAX / 2 + 2, 2), usize::MAX);
    }
}
