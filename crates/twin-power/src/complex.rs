//! Complex numbers, one at a time and several scenarios side by side (lanes).

#![expect(clippy::needless_range_loop, reason = "several columns at one index")]

use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

/// A complex number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Complex {
    /// Real part.
    pub re: f64,
    /// Imaginary part.
    pub im: f64,
}

impl Complex {
    /// Zero.
    pub const ZERO: Self = Self { re: 0.0, im: 0.0 };
    /// One.
    pub const ONE: Self = Self { re: 1.0, im: 0.0 };

    /// Of real and imaginary part.
    #[must_use]
    pub const fn new(re: f64, im: f64) -> Self {
        Self { re, im }
    }

    /// Of magnitude and angle in degrees; exact at whole multiples of 90°.
    #[must_use]
    pub fn from_polar_deg(magnitude: f64, angle_deg: f64) -> Self {
        if angle_deg == 0.0 {
            return Self::new(magnitude, 0.0);
        }
        let (sin, cos) = angle_deg.to_radians().sin_cos();
        Self::new(magnitude * cos, magnitude * sin)
    }

    /// Conjugate.
    #[must_use]
    pub fn conj(self) -> Self {
        Self::new(self.re, -self.im)
    }

    /// Square of the magnitude.
    #[must_use]
    pub fn norm_squared(self) -> f64 {
        self.re * self.re + self.im * self.im
    }

    /// Magnitude.
    #[must_use]
    pub fn abs(self) -> f64 {
        self.re.hypot(self.im)
    }

    /// Angle in degrees, −180 to 180.
    #[must_use]
    pub fn angle_deg(self) -> f64 {
        self.im.atan2(self.re).to_degrees()
    }

    /// Times a real number.
    #[must_use]
    pub fn scale(self, factor: f64) -> Self {
        Self::new(self.re * factor, self.im * factor)
    }

    /// 1/z.
    #[must_use]
    pub fn inverse(self) -> Self {
        let w = 1.0 / self.norm_squared();
        Self::new(self.re * w, -self.im * w)
    }

    /// Whether both parts are finite.
    #[must_use]
    pub fn is_finite(self) -> bool {
        self.re.is_finite() && self.im.is_finite()
    }
}

impl Add for Complex {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.re + other.re, self.im + other.im)
    }
}
impl AddAssign for Complex {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
impl Sub for Complex {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.re - other.re, self.im - other.im)
    }
}
impl SubAssign for Complex {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}
impl Mul for Complex {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self::new(self.re * other.re - self.im * other.im, self.re * other.im + self.im * other.re)
    }
}
impl Div for Complex {
    type Output = Self;
    #[expect(clippy::suspicious_arithmetic_impl, reason = "a quotient is the product with the inverse")]
    fn div(self, other: Self) -> Self {
        self * other.inverse()
    }
}
impl Neg for Complex {
    type Output = Self;
    fn neg(self) -> Self {
        Self::new(-self.re, -self.im)
    }
}

/// Real numbers of `L` scenarios side by side; the compiler makes vector instructions of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Lanes<const L: usize>(pub(crate) [f64; L]);

impl<const L: usize> Lanes<L> {
    pub(crate) const ZERO: Self = Self([0.0; L]);
    pub(crate) const ONE: Self = Self([1.0; L]);

    #[inline(always)]
    pub(crate) fn all(value: f64) -> Self {
        Self([value; L])
    }
    #[inline(always)]
    fn zip(self, other: Self, of: impl Fn(f64, f64) -> f64) -> Self {
        let mut out = [0.0; L];
        for lane in 0..L {
            out[lane] = of(self.0[lane], other.0[lane]);
        }
        Self(out)
    }
    #[inline(always)]
    pub(crate) fn max(self, other: Self) -> Self {
        self.zip(other, |a, b| if a > b { a } else { b })
    }
    /// The greatest of all lanes; infinity where any is not a number.
    pub(crate) fn greatest(self) -> f64 {
        self.0.iter().fold(0.0, |most, &value| {
            if value <= most {
                most
            } else if value.is_nan() {
                f64::INFINITY
            } else {
                value
            }
        })
    }
}

impl<const L: usize> Add for Lanes<L> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }
}
impl<const L: usize> Sub for Lanes<L> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }
}
impl<const L: usize> Mul for Lanes<L> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }
}
impl<const L: usize> Div for Lanes<L> {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        self.zip(other, |a, b| a / b)
    }
}
impl<const L: usize> Mul<f64> for Lanes<L> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, factor: f64) -> Self {
        self.zip(Self::all(factor), |a, b| a * b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complex_arithmetic() {
        let (a, b) = (Complex::new(3.0, 4.0), Complex::new(1.0, -2.0));
        assert_eq!(a * b, Complex::new(11.0, -2.0));
        assert_eq!(a.abs(), 5.0);
        assert!(((a / b) * b - a).abs() < 1e-15);
        assert!((Complex::from_polar_deg(2.0, 150.0).angle_deg() - 150.0).abs() < 1e-12);
        assert!(Lanes([1.0, f64::NAN]).greatest().is_infinite());
    }
}
