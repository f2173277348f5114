//! Numbers from bytes, little-endian.

/// The numbers in `bytes`, which `decode` reads from `N` of them at a time; `None` if some are left.
pub fn each<const N: usize, T>(bytes: &[u8], decode: impl Fn([u8; N]) -> T) -> Option<Vec<T>> {
    let (chunks, rest) = bytes.as_chunks::<N>();
    rest.is_empty().then(|| chunks.iter().map(|&chunk| decode(chunk)).collect())
}

/// An IEEE 754 binary16: a sign, 5 bits of exponent, 10 of fraction.
pub fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023) / 1024.0);
    sign * match exponent {
        0 => fraction * 2f64.powi(-14),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction) * 2f64.powi(exponent - 15),
    }
}

/// A bfloat16: the upper half of an f32.
pub fn bfloat(bits: u16) -> f64 {
    f64::from(f32::from_bits(u32::from(bits) << 16))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_by_hand() {
        for (bits, number) in
            [(0x0000, 0.0), (0x0001, 2f64.powi(-24)), (0x3c00, 1.0), (0x3c01, 1.0 + 2f64.powi(-10)), (0xc000, -2.0)]
        {
            assert_eq!(half(bits), number, "{bits:04x}");
        }
        assert!(half(0x7c00) == f64::INFINITY && half(0x7e00).is_nan());
        assert_eq!((bfloat(0x3f80), bfloat(0xc049)), (1.0, -3.140625));
        assert_eq!(each(&[1, 0, 2, 0], u16::from_le_bytes), Some(vec![1, 2]));
        assert_eq!(each(&[1, 0, 2], u16::from_le_bytes), None);
    }
}
