//! A law: water, gas and district heat on one node-balance kernel.
//!
//! Pure functions from plain data to plain data.

pub mod gas;
pub mod heat;
mod hydraulics;
mod sparse;
pub mod water;
