//! User equilibrium of road traffic.
