//! Elementary functions of `f32` as formulas without branches, so that the compiler computes a vector of them at once.

/// `ln 2`, rounded so that its product with a whole number of up to nine bits is exact, and the rest of it.
const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];

/// `1.5·2²³`: added to a number of up to 22 bits and subtracted again, it rounds to a whole number, which the lowest bits of the sum
/// are.
const ROUND: f32 = 12_582_912.0;

/// The exponent of an `f32` that is 1.
const ONE: u32 = 127;

/// `x = n·ln 2 + r` with `|r| ≤ ln 2 / 2`: returns `eʳ − 1`, and bits of which the lowest are `n + BIAS`.
#[inline(always)]
fn reduced<const BIAS: u32>(x: f32) -> (f32, u32) {
    let round = ROUND + BIAS as f32;
    let rounded = x * core::f32::consts::LOG2_E + round;
    let n = rounded - round;
    let r = (x - n * LN_2[0]) - n * LN_2[1];
    // eʳ = 1 + r + r²·q(r), where the polynomial q was fitted for the smallest largest error of eʳ − 1.
    let q = 0.008_366_538 + r * 0.001_388_251_8;
    let q = 0.041_667_2 + r * q;
    let q = 0.166_665_43 + r * q;
    let q = 0.499_999_97 + r * q;
    (r + r * r * q, rounded.to_bits())
}

/// `2^(n − ONE)`, of bits of which the lowest are `n` from 1 to 254. It is 0 for 0, and infinite for 255.
#[inline(always)]
fn power_of_two(bits: u32) -> f32 {
    f32::from_bits(bits << 23)
}

/// `x`, or `least` if it is less; NaN stays NaN.
#[inline(always)]
fn at_least(least: f32, x: f32) -> f32 {
    if x < least { least } else { x }
}

/// `x`, or `most` if it is more; NaN stays NaN.
#[inline(always)]
fn at_most(most: f32, x: f32) -> f32 {
    if x > most { most } else { x }
}

/// `eˣ`
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    // Beyond these it is 0 or infinite. In two halves, powers of two below the normal numbers are reached, and above the largest.
    let (p, bits) = reduced::<{ 2 * ONE }>(at_most(89.0, at_least(-104.0, x)));
    let half = (bits << 22) & 0xff80_0000;
    (1.0 + p) * f32::from_bits(half) * f32::from_bits((bits << 23).wrapping_sub(half))
}

/// `eˣ`, but 0 below e^−87.68, about where the normal numbers end, and infinite above e^88.37: with fewer instructions, because one
/// power of two is enough.
#[inline(always)]
pub(super) fn normal_exp(x: f32) -> f32 {
    let (p, bits) = reduced::<ONE>(at_most(88.5, at_least(-88.0, x)));
    (1.0 + p) * power_of_two(bits)
}

/// `eˣ − 1`, without cancellation.
#[inline(always)]
pub(super) fn exp_m1(x: f32) -> f32 {
    2.0 * half_exp_m1(at_most(89.0, x))
}

/// `(eˣ − 1)/2` for `x` up to 89.
#[inline(always)]
fn half_exp_m1(x: f32) -> f32 {
    // Below this it is −1/2.
    let (p, bits) = reduced::<{ ONE - 1 }>(at_least(-18.0, x));
    let half = power_of_two(bits);
    half * p + (half - 0.5)
}

/// `tanh x = −m/(1 + m)` with `m = (e^(−2|x|) − 1)/2`, and the sign of `x`.
#[inline(always)]
pub(super) fn tanh(x: f32) -> f32 {
    let m = half_exp_m1(-2.0 * x.abs());
    (m / (1.0 + m)).copysign(x)
}

/// `ln(1 + eˣ) = max(x, 0) + ln(1 + e^(−|x|))`
#[inline(always)]
pub(super) fn ln_1p_exp(x: f32) -> f32 {
    let u = exp(-x.abs());
    x.max(0.0) + twice_artanh(u / (2.0 + u))
}

/// `2·artanh s = ln((1 + s)/(1 − s)) = 2s + s³·q(s²)` for `s` from 0 to 1/3: `ln(1 + u)` for `s = u/(2 + u)`.
#[inline(always)]
fn twice_artanh(s: f32) -> f32 {
    let z = s * s;
    let q = 0.171_478_5 + z * 0.217_923_94;
    let q = 0.223_015 + z * q;
    let q = 0.285_683_96 + z * q;
    let q = 0.400_000_53 + z * q;
    let q = 0.666_666_7 + z * q;
    2.0 * s + s * z * q
}

/// `ln x` for finite `x` from 1 on: `x = 2ⁿ·(1 + u)` with `u` from 0 to 1.
#[inline(always)]
pub(super) fn ln_from_one(x: f32) -> f32 {
    let n = ((x.to_bits() >> 23) as i32 - ONE as i32) as f32;
    let u = f32::from_bits((x.to_bits() & 0x007f_ffff) | (ONE << 23)) - 1.0;
    let ln = n * LN_2[0] + (twice_artanh(u / (2.0 + u)) + n * LN_2[1]);
    if x.is_nan() { x } else { ln }
}

/// `a = |x|`, at most 13.26, and of the normal distribution the density `φ(a) = exp(−a²/2)/√(2π)`, and `Φ(−a)`, the probability of a
/// number below `−a`. Both are 0 from 13.243 on, where the power of two is no normal number; before that, from 13.15 and 12.95 on, they
/// are subnormal.
#[inline(always)]
fn normal(x: f32) -> [f32; 3] {
    const FACTOR: f32 = 0.398_942_3; // 1/√(2π)
    let a = at_most(13.26, x.abs());
    // a² = −2n·ln 2 + r: exp(−a²/2) = 2ⁿ·exp(−r/2), as in `reduced`.
    let rounded = a * a * (-0.5 * core::f32::consts::LOG2_E) + (ROUND + ONE as f32);
    let n = rounded - (ROUND + ONE as f32);
    let r = (a * a + n * (2.0 * LN_2[0])) + n * (2.0 * LN_2[1]);
    let square = r * r;
    let q = (FACTOR * -0.166_664_08 / 8.0 + r * (FACTOR * 0.041_669_708 / 16.0))
        + square * (FACTOR * -0.008_380_413 / 32.0 + r * (FACTOR * 0.001_379_047 / 64.0));
    let q = (FACTOR + r * (FACTOR * -0.5)) + square * (FACTOR * 0.499_999_85 / 4.0 + r * q);
    let density = q * power_of_two(rounded.to_bits());
    // Φ(−a) = φ(a)·P(a)/Q(a), where the polynomials were fitted for the smallest largest error.
    let p = 9.373_247 + a;
    let p = 40.682_003 + a * p;
    let p = 94.180_46 + a * p;
    let p = 102.972_82 + a * p;
    let q = 9.373_345 + a;
    let q = 41.677_51 + a * q;
    let q = 103.640_56 + a * q;
    let q = 140.699_75 + a * q;
    let q = 82.160_42 + a * q;
    [a, density, density * p / q]
}

/// `x·Φ(x) = max(x, 0) − |x|·Φ(−|x|)`, which keeps its digits below zero, where `1 + erf` cancels.
#[inline(always)]
pub(super) fn gelu(x: f32) -> f32 {
    let [a, _, below] = normal(x);
    (if x > 0.0 { x } else { 0.0 }) - a * below
}

/// The derivative of `x·Φ(x)`: `Φ(x) + x·exp(−x²/2)/√(2π)`, which is 1 minus the same for `−x`.
#[inline(always)]
pub(super) fn gelu_slope(x: f32) -> f32 {
    let [a, density, below] = normal(x);
    let slope = below - a * density;
    if x < 0.0 { slope } else { 1.0 - slope }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::f64::consts::{FRAC_1_SQRT_2, PI};

    /// The largest distance from the exact value among numbers of every size, in units in the last place of that value, or of
    /// `least` if the value is smaller; `more(x)` units more are allowed.
    fn largest_error(
        [least, more]: [fn(f64) -> f64; 2],
        found: impl Fn(f32) -> f32,
        exact: impl Fn(f64) -> f64,
    ) -> f64 {
        let mut largest = f64::NEG_INFINITY;
        for bits in (0..=u32::MAX).step_by(9973) {
            let x = f32::from_bits(bits);
            let (found, exact) = (found(x), exact(f64::from(x)));
            let near = exact as f32;
            if near.is_nan() || near.is_infinite() || found.is_infinite() {
                assert!(near == found || near.is_nan() && found.is_nan(), "of {x}: {found}, not {exact}");
                continue;
            }
            let size = near.abs().max(least(f64::from(x)) as f32);
            let unit = f64::from(f32::from_bits(size.to_bits() + 1)) - f64::from(size);
            largest = largest.max((f64::from(found) - exact).abs() / unit - more(f64::from(x)));
        }
        largest
    }

    #[test]
    fn functions_are_exact_to_some_units_in_the_last_place() {
        let everywhere: [fn(f64) -> f64; 2] = [|_| f64::from(f32::MIN_POSITIVE), |_| 0.0];
        assert!(largest_error(everywhere, exp, libm::exp) < 1.0);
        assert!(largest_error(everywhere, exp_m1, libm::expm1) < 1.5);
        assert!(largest_error(everywhere, tanh, libm::tanh) < 2.5);
        assert!(largest_error(everywhere, ln_1p_exp, |x| x.max(0.0) + libm::log1p(libm::exp(-x.abs()))) < 3.0);

        let from_one = |x: f32| x.abs().clamp(1.0, 1e38);
        assert!(
            largest_error(everywhere, |x| ln_from_one(from_one(x)), |x| libm::log(f64::from(from_one(x as f32)))) < 2.0
        );
        // These are 0 where the result is no normal number: that is less than a unit of 1e-30.
        let normal: [fn(f64) -> f64; 2] = [|_| 1e-30, |_| 0.0];
        let ends = |x: f64| if x > 88.37 { f64::INFINITY } else { libm::exp(x) };
        assert!(largest_error(normal, |x| if x > 88.37 { f32::INFINITY } else { normal_exp(x) }, ends) < 1.0);
        let squared: [fn(f64) -> f64; 2] = [|_| 1e-30, |x| 0.5 * x.clamp(-14.0, 14.0).powi(2)];
        let below = |x: f64| 0.5 * libm::erfc(-x * FRAC_1_SQRT_2);
        assert!(largest_error(squared, gelu, |x| if below(x) == 0.0 { 0.0 } else { x * below(x) }) < 6.0);
        let near_its_zero: [fn(f64) -> f64; 2] =
            [|x| if x > -2.0 { 0.1 } else { 1e-30 }, |x| x.clamp(-14.0, 14.0).powi(2)];
        let term = |x: f64| x.clamp(-99.0, 99.0) * libm::exp(-0.5 * x * x) / (2.0 * PI).sqrt();
        assert!(largest_error(near_its_zero, gelu_slope, |x| below(x) + term(x)) < 8.0);
    }

    #[test]
    fn ends_and_signs() {
        for function in [exp, normal_exp, exp_m1, tanh, ln_1p_exp, ln_from_one, gelu, gelu_slope] {
            assert!(function(f32::NAN).is_nan());
        }
        let ends = [f32::NEG_INFINITY, f32::INFINITY];
        assert_eq!(ends.map(exp), [0.0, f32::INFINITY]);
        assert_eq!(ends.map(normal_exp), [0.0, f32::INFINITY]);
        assert_eq!(ends.map(exp_m1), [-1.0, f32::INFINITY]);
        assert_eq!(ends.map(tanh), [-1.0, 1.0]);
        assert_eq!(ends.map(ln_1p_exp), [0.0, f32::INFINITY]);
        assert_eq!(ends.map(gelu), [0.0, f32::INFINITY]);
        assert_eq!(ends.map(gelu_slope), [0.0, 1.0]);
        assert_eq!([exp(0.0), normal_exp(0.0), exp_m1(0.0), gelu(0.0), gelu_slope(0.0)], [1.0, 1.0, 0.0, 0.0, 0.5]);
        assert_eq!([normal_exp(-88.0), gelu(-13.3), gelu_slope(-13.3)], [0.0; 3]);
        assert_eq!(tanh(-0.0).to_bits(), (-0.0f32).to_bits());
    }
}
