//! What traffic does to its surroundings: fuel and carbon dioxide ([`fuel`]), noise ([`noise`]).
//!
//! Both laws are published formulas on the volumes and times of an equilibrium; every factor is a row of the table of
//! assumptions, with its source.

pub mod fuel;
pub mod noise;
