//! How sure figures are, and what each of several closures adds.

/// A figure under varied assumptions.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// Name of the criterion.
    pub criterion: &'static str,
    /// Its value as computed.
    pub value: f64,
    /// The smallest value of all variants, and the name of that variant.
    pub low: (f64, String),
    /// The greatest value of all variants, and the name of that variant.
    pub high: (f64, String),
}

/// What one of several closures adds to their joint effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// The closure, as a position in the scenario.
    pub closure: usize,
    /// Name of the criterion.
    pub criterion: &'static str,
    /// Its value with this closure alone.
    pub alone: f64,
    /// What is missing from the joint value without this closure.
    pub marginal: f64,
}
