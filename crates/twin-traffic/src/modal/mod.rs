//! Ways by mode of travel: who gets where, how far it is, how long it takes; for those whom the equilibrium does not hold
//! (buses, bicycles, people on foot, emergency services) and for single vehicles (a lorry of 40 t, a signed detour).
//!
//! # Model
//! A [`ModeNetwork`] holds the arcs that a [`Traveler`] may use and the turns between them, so that turn restrictions hold,
//! also those via other streets and the `only_…` kind, for the modes they name. Streets for those who have a destination there
//! may begin or end a way ([`Search::keeps_out`]); what lies behind them and is reached no other way counts as a part of them.
//!
//! [`Search`] asks for the fastest ways from some places to everywhere or from everywhere to some places (Dijkstra over
//! arcs), [`route`] for one way by any cost. Places lie on sections, metres from their begin: closed stretches of a section
//! ([`Closings`]) let one come as far as their begin.
//!
//! # Units and shapes
//! Columns have one entry per arc of the twin, in the order of [`twin::road::Arc::index`]; seconds and metres.
//!
//! # References
//! Dijkstra, A note on two problems in connexion with graphs, Numer. Math. 1, 1959, doi:10.1007/BF01386390.

mod closings;
mod network;
mod route;
mod search;

pub use closings::{Closings, Stretch};
pub use network::{ModeNetwork, Traveler, Turning};
pub use route::{Route, route};
pub use search::{Found, Reached, Search, Start, Toward};
