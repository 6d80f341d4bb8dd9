//! Questions to an equilibrium: who drives here, where do they go instead.
