//! Everybody else whom closures touch: emergency services, buses, people on foot and by bicycle, lorries.

/// Whom the closures of a scenario touch besides the drivers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Touched {}
