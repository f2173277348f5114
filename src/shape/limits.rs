//! How large a shape may be, and products of sizes that do not wrap around.

/// The most numbers in anything a network is made of: 2³¹ − 1, or 2²⁸ − 1 where addresses have 32 bits.
///
/// This holds for a sample, also with the padding of a convolution around it, for the patches a convolution makes of one, and
/// for the parameters of a network; and no stride is larger. A layer beyond it does not compile. Kernels count in `u32`, and
/// the same number of `f64` still is an object that can be addressed.
pub const MAX_NUMBERS: usize = {
    let (counted, addressed) = (i32::MAX as usize, isize::MAX as usize / size_of::<f64>());
    if counted < addressed { counted } else { addressed }
};

/// The product of sizes; `usize::MAX` if that is too large to be counted. No slice of numbers is so long.
///
/// A macro, as a loop over sizes would be one the compiler has to unroll before it knows that a geometry is a constant.
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
