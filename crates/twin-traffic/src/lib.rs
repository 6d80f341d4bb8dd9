//! A law: travel demand, road traffic equilibrium, capacity of closures.
