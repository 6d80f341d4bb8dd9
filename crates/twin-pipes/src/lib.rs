//! A law: water, gas and district heat on one node-balance kernel.
//!
//! Pure functions from plain data to plain data.

#[allow(dead_code, reason = "the laws that use it follow")]
mod sparse;
