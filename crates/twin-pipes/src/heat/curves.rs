//! Properties of the fluid, read off quickly: what [`Property::at`] gives, without its search in tables and its division.

use twin::utility::{Fluid, Property};

/// Bins per row of a table: most places need no further step.
const BINS_PER_ROW: usize = 4;

/// The properties that temperatures need in every round.
#[derive(Clone, Debug)]
pub(super) struct Curves {
    pub(super) density: Curve,
    pub(super) viscosity: Curve,
    pub(super) heat_capacity: Curve,
}

impl Curves {
    pub(super) fn new(fluid: &Fluid) -> Self {
        Self {
            density: Curve::new(&fluid.density),
            viscosity: Curve::new(&fluid.viscosity),
            heat_capacity: Curve::new(&fluid.heat_capacity),
        }
    }
}

/// A property.
#[derive(Clone, Debug)]
pub(super) enum Curve {
    /// Without a table.
    Plain(Property),
    /// Points joined by lines; `first[b]` is the right end of the line at the begin of bin `b`, or one before it.
    Table { x: Vec<f64>, y: Vec<f64>, slope: Vec<f64>, first: Vec<u32>, begin: f64, bins_per_unit: f64 },
}

impl Curve {
    pub(super) fn new(property: &Property) -> Self {
        let plain = || Self::Plain(property.clone());
        let Property::Table { x, y } = property else { return plain() };
        let n = x.len().min(y.len());
        let rising = x.windows(2).all(|pair| pair[0] < pair[1]);
        if n < 3 || n != x.len() || !rising || !(x[n - 1] - x[0]).is_finite() {
            return plain();
        }
        let n_bins = BINS_PER_ROW * n;
        let bins_per_unit = n_bins as f64 / (x[n - 1] - x[0]);
        let first = (0..n_bins).map(|bin| {
            // One bin early, against rounding.
            let place = x[0] + (bin as f64 - 1.0) / bins_per_unit;
            x[1..n - 1].partition_point(|&known| known <= place) as u32 + 1
        });
        let slope = (1..n).map(|right| (y[right] - y[right - 1]) / (x[right] - x[right - 1]));
        Self::Table {
            slope: slope.collect(),
            first: first.collect(),
            begin: x[0],
            bins_per_unit,
            x: x.clone(),
            y: y[..n].to_vec(),
        }
    }

    pub(super) const fn is_constant(&self) -> bool {
        matches!(self, Self::Plain(property) if property.is_constant())
    }

    #[inline]
    pub(super) fn at(&self, place: f64) -> f64 {
        match self {
            Self::Plain(property) => property.at(place),
            Self::Table { x, y, slope, first, begin, bins_per_unit } => {
                // Out of range and no number: the first or the last bin.
                let bin = (((place - begin) * bins_per_unit) as usize).min(first.len() - 1);
                let mut right = first[bin] as usize;
                while right + 1 < x.len() && x[right] <= place {
                    right += 1;
                }
                let left = right - 1;
                y[left] + slope[left] * (place - x[left])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_their_properties() {
        let x: Vec<f64> = vec![0.0, 1.0, 1.5, 9.0, 9.000_001, 20.0, 33.3, 100.0];
        let y: Vec<f64> = x.iter().map(|x| 1.0 / (1.0 + x)).collect();
        let table = Property::Table { x: x.clone(), y };
        for property in [&table, &Fluid::water().density, &Fluid::natural_gas().compressibility] {
            let curve = Curve::new(property);
            assert_eq!(curve.is_constant(), property.is_constant());
            let ends = [f64::MIN, -5.0, f64::MAX, 1e300, 272.0, 1000.0];
            let between = (0..20_000).map(|step| f64::from(step) * 0.02);
            for place in between.chain(x.iter().copied()).chain(ends) {
                let (got, due) = (curve.at(place), property.at(place));
                assert!(
                    got == due || (got - due).abs() <= 1e-14 * due.abs().max(place.abs()),
                    "{place}: {got}, not {due}"
                );
            }
            assert!(curve.at(f64::NAN).is_nan());
        }
        // Too short or unsorted for bins.
        for odd in [
            Property::Table { x: vec![1.0, 2.0], y: vec![3.0, 4.0] },
            Property::Table { x: vec![2.0, 1.0, 3.0], y: vec![0.0; 3] },
        ] {
            assert_eq!(Curve::new(&odd).at(1.25), odd.at(1.25));
        }
    }
}
