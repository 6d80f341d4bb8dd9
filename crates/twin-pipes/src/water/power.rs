//! Powers of many flows at once.
//!
//! Head losses by Hazen and Williams need |q|^0.852 of every pipe in every step: a quarter of a solve where the standard library
//! computes them one by one. Here x^e = 2^(e·lg x) is a chain of multiplications and additions without branch, table or fused operation,
//! so that compilers make vectors of it and the result is the same to the bit on every machine.
//!
//! The polynomials interpolate at Chebyshev's nodes, of degree 6 in s² for lg m = s·p(s²) with s = (m − 1)/(m + 1) and m in [√½, √2], and of
//! degree 10 for 2^f with |f| ≤ ½. Both are exact to 4e-16; what is left is the rounding of e·lg x: 1e-14 of the result at most.

#![expect(clippy::inline_always, reason = "the loop around them becomes one of vectors")]

/// Beyond these no flow is one; within them nothing overflows for exponents up to 2.
const LEAST: f64 = 1e-100;
const GREATEST: f64 = 1e100;

/// Raises each value to an exponent between −2 and 2; values below 1e-100 count as that.
pub(super) fn raise_all(values: &mut [f64], exponent: f64) {
    for value in values {
        *value = raise(*value, exponent);
    }
}

/// x^e for x from 1e-100 to 1e100 and |e| up to 2.
#[inline(always)]
#[expect(clippy::manual_clamp, reason = "what is no number becomes one")]
pub(super) fn raise(x: f64, exponent: f64) -> f64 {
    exp2(exponent * log2(x.max(LEAST).min(GREATEST)))
}

#[inline(always)]
fn log2(x: f64) -> f64 {
    // Bits of √½ and of 1; the exponent of two is a difference of the two.
    const ROOT: u64 = 0x3fe6_a09e_667f_3bcd;
    const ONE: u64 = 0x3ff0_0000_0000_0000;
    const MANTISSA: u64 = (1 << 52) - 1;
    // An integer below 2^52 in the last bits of 2^52 is that number, plus 2^52.
    const SHIFT: u64 = 0x4330_0000_0000_0000;
    const OFFSET: f64 = 4_503_599_627_370_496.0 + 1023.0;
    let bits = x.to_bits() + (ONE - ROOT);
    let power = f64::from_bits(SHIFT | (bits >> 52)) - OFFSET;
    let m = f64::from_bits((bits & MANTISSA) + ROOT);
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let z2 = z * z;
    let low = 2.885_390_081_777_927 + z * 0.961_796_693_924_324_5;
    let middle = 0.577_078_017_250_872_9 + z * 0.412_198_401_306_843_4;
    let high = 0.320_616_442_124_484_6 + z * 0.261_442_455_571_365_53 + z2 * 0.242_938_246_063_262_23;
    power + s * (low + z2 * (middle + z2 * high))
}

#[inline(always)]
#[expect(clippy::approx_constant, reason = "coefficients of an interpolation, not of a series")]
fn exp2(x: f64) -> f64 {
    // Adding 1.5·2^52 rounds to an integer, which then stands in the last bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const BIAS: u64 = 1023;
    let rounded = x + ROUND;
    let f = x - (rounded - ROUND);
    let scale = f64::from_bits(rounded.to_bits().wrapping_add(BIAS) << 52);
    let f2 = f * f;
    let f4 = f2 * f2;
    let a = 1.0 + f * 0.693_147_180_559_95;
    let b = 0.240_226_506_959_100_97 + f * 0.055_504_108_664_447_72;
    let c = 0.009_618_129_107_606_888 + f * 0.001_333_355_823_016_497_4;
    let d = 0.000_154_035_304_417_360_5 + f * 1.525_265_726_020_083_7e-5;
    let e = 1.321_544_258_792_169e-6 + f * 1.020_869_029_995_830_6e-7 + f2 * 7.072_585_949_269_223e-9;
    scale * ((a + f2 * b) + f4 * ((c + f2 * d) + f4 * e))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the standard library, over all flows and every exponent in use.
    #[test]
    fn powers_are_those_of_the_standard_library() {
        for exponent in [0.852, 1.0 / 1.852, 0.5, 0.9, 1.0, -1.0, 2.0] {
            let values: Vec<f64> = (-4000..4000).map(|k| 1.0137_f64.powi(k) * (1.0 + f64::from(k) * 1e-5)).collect();
            let mut powers = values.clone();
            raise_all(&mut powers, exponent);
            for (&x, &power) in values.iter().zip(&powers) {
                let due = x.powf(exponent);
                assert!((power / due - 1.0).abs() < 4e-14, "{x}^{exponent}: {power}, not {due}");
                assert_eq!(power.to_bits(), raise(x, exponent).to_bits());
            }
        }
    }

    #[test]
    fn nothing_is_no_number() {
        for x in [0.0, f64::MIN_POSITIVE, 1e-300, 1e300, f64::INFINITY, f64::NAN] {
            assert!(raise(x, 0.852).is_finite() && raise(x, 0.852) > 0.0);
        }
        assert!(raise(0.0, 0.852) < 1e-80);
        for power in -30..30 {
            let x = 2.0_f64.powi(power);
            assert_eq!(raise(x, 1.0), x);
        }
    }
}
