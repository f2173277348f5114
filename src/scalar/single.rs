//! Elementary functions of `f32` as formulas without branches, so that the compiler computes a vector of them at once.

/// `ln 2`, rounded so that its product with a whole number of up to nine bits is exact, and the rest of it.
const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];

/// `1.5·2²³`: added to a number of up to 22 bits and subtracted again, it rounds to a whole number, which the lowest bits of the sum
/// are.
const ROUND: f32 = 12_582_912.0;

/// `x = n·ln 2 + r` with `|r| ≤ ln 2 / 2`: returns `n`, and `eʳ − 1`.
#[inline(always)]
fn reduced(x: f32) -> (i32, f32) {
    let rounded = x * core::f32::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    let r = (x - n * LN_2[0]) - n * LN_2[1];
    // eʳ = 1 + r + r²·q(r), where the polynomial q was fitted for the smallest largest error.
    let q = 0.001_394_606_2 + r * 0.000_199_183_7;
    let q = 0.008_333_264 + r * q;
    let q = 0.041_666_27 + r * q;
    let q = 0.166_666_67 + r * q;
    let q = 0.5 + r * q;
    ((rounded.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32), r + r * r * q)
}

/// `2ⁿ` for `n` from −126 to 127.
#[inline(always)]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits(((n.wrapping_add(127)) as u32) << 23)
}

/// `eˣ`
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    // Beyond these it is 0 or infinite. In two halves, powers of two below the normal numbers are reached, and above the largest.
    let (n, p) = reduced(x.clamp(-104.0, 89.0));
    let half = n >> 1;
    (1.0 + p) * power_of_two(half) * power_of_two(n - half)
}

/// `eˣ − 1`, without cancellation.
#[inline(always)]
pub(super) fn exp_m1(x: f32) -> f32 {
    // Below this it is −1.
    let (n, p) = reduced(x.clamp(-18.0, 89.0));
    let half = power_of_two(n - 1);
    2.0 * (half * p + (half - 0.5))
}

/// `tanh x = −m/(2 + m)` with `m = e^(−2|x|) − 1`, and the sign of `x`.
#[inline(always)]
pub(super) fn tanh(x: f32) -> f32 {
    let m = exp_m1(-2.0 * x.abs());
    (-m / (2.0 + m)).copysign(x)
}

/// `ln(1 + eˣ) = max(x, 0) + ln(1 + e^(−|x|))`
#[inline(always)]
pub(super) fn ln_1p_exp(x: f32) -> f32 {
    let u = exp(-x.abs());
    // ln(1 + u) = 2·artanh s = 2s + s³·q(s²) with s = u/(2 + u), at most 1/3.
    let s = u / (2.0 + u);
    let z = s * s;
    let q = 0.171_478_5 + z * 0.217_923_94;
    let q = 0.223_015 + z * q;
    let q = 0.285_683_96 + z * q;
    let q = 0.400_000_53 + z * q;
    let q = 0.666_666_7 + z * q;
    x.max(0.0) + (2.0 * s + s * z * q)
}

/// `1 − erf x`, without cancellation: `t·exp(P(t) − x²)` with `t = 1/(1 + |x|/2)`, or 2 minus that.
#[inline(always)]
pub(super) fn erfc(x: f32) -> f32 {
    let far = x.abs().clamp(0.0, 11.0);
    let t = 1.0 / (1.0 + 0.5 * far);
    // P(t) = v·g(v) with v = 1 − t.
    let v = 0.5 * far * t;
    let g = 0.400_633_26 - v * 0.130_707_06;
    let g = -0.344_291_57 + v * g;
    let g = 0.023_045_086 + v * g;
    let g = -0.052_508_097 + v * g;
    let g = 0.038_928_65 + v * g;
    let g = 0.198_628_98 + v * g;
    let g = 0.160_653_33 + v * g;
    let g = -0.303_185_57 + v * g;
    let g = -1.256_759_5 + v * g;
    // The square in two parts, of which the first is exact.
    let high = f32::from_bits(far.to_bits() & 0xffff_f000);
    let low = (far - high) * (far + high);
    let y = t * exp(-high * high) * exp(v * g - low);
    if x < 0.0 { 2.0 - y } else { y }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest distance from the exact value among numbers of every size, in units in the last place of that value.
    fn largest_error(found: impl Fn(f32) -> f32, exact: impl Fn(f64) -> f64) -> f64 {
        let mut largest = 0.0f64;
        for bits in (0..=u32::MAX).step_by(9973) {
            let x = f32::from_bits(bits);
            let (found, exact) = (found(x), exact(f64::from(x)));
            let near = exact as f32;
            if near.is_nan() || near.is_infinite() || found.is_infinite() {
                assert!(near == found || near.is_nan() && found.is_nan(), "of {x}: {found}, not {exact}");
                continue;
            }
            let size = near.abs().max(f32::MIN_POSITIVE);
            let unit = f64::from(f32::from_bits(size.to_bits() + 1)) - f64::from(size);
            largest = largest.max((f64::from(found) - exact).abs() / unit);
        }
        largest
    }

    #[test]
    fn functions_are_exact_to_some_units_in_the_last_place() {
        assert!(largest_error(exp, libm::exp) < 1.0);
        assert!(largest_error(exp_m1, libm::expm1) < 1.5);
        assert!(largest_error(tanh, libm::tanh) < 2.5);
        assert!(largest_error(ln_1p_exp, |x| x.max(0.0) + libm::log1p(libm::exp(-x.abs()))) < 3.0);
        assert!(largest_error(erfc, libm::erfc) < 5.5);
    }

    #[test]
    fn ends_and_signs() {
        for function in [exp, exp_m1, tanh, ln_1p_exp, erfc] {
            assert!(function(f32::NAN).is_nan());
        }
        let ends = [f32::NEG_INFINITY, f32::INFINITY];
        assert_eq!(ends.map(exp), [0.0, f32::INFINITY]);
        assert_eq!(ends.map(exp_m1), [-1.0, f32::INFINITY]);
        assert_eq!(ends.map(tanh), [-1.0, 1.0]);
        assert_eq!(ends.map(ln_1p_exp), [0.0, f32::INFINITY]);
        assert_eq!(ends.map(erfc), [2.0, 0.0]);
        assert_eq!([exp(0.0), exp_m1(0.0), erfc(0.0)], [1.0, 0.0, 1.0]);
        assert_eq!(tanh(-0.0).to_bits(), (-0.0f32).to_bits());
    }
}
