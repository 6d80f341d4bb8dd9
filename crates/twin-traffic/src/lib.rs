//! A law: travel demand, road traffic equilibrium, capacity of closures.
//!
//! Pure functions from plain data to plain data: [`demand`] makes trips from a town, [`street`] derives the arrays that
//! the solver works on, [`equilibrium`] assigns the trips to paths, [`query`] asks who drives where, [`day`] lets queues grow
//! and clear through the hours, [`modal`] finds ways of other modes, [`alternation`] and [`narrowing`] hold the formulas of
//! closures that leave a lane, and [`environment`] those of fuel and noise.

pub mod alternation;
pub mod day;
pub mod demand;
pub mod environment;
pub mod equilibrium;
mod heap;
mod hierarchy;
pub mod lorry;
pub mod modal;
pub mod narrowing;
pub mod query;
pub mod reach;
pub mod street;
pub mod trips;
