//! Fuel, carbon dioxide and noise before and with a scenario.

/// What traffic burns and how loud it is, before and with the scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Environment {}
