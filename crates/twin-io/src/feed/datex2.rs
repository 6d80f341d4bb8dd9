//! DATEX II, versions 2 and 3: situation publications, and the traffic regulations of version 3.
//!
//! Elements are told by their local names and by the namespace of the model, whatever their prefixes; extensions are
//! passed over, but for the geometry of the French regulations. SOAP envelopes are looked through.
//!
//! # What becomes what
//! | `roadOrCarriagewayOrLaneManagementType` | closure |
//! |---|---|
//! | `roadClosed`, `closedPermanentlyForTheWinter`, `overnightClosures`, `intermittentShortTermClosures` | `full` |
//! | `carriagewayClosures` | the direction of the line; the street where both directions are named |
//! | `laneClosures` | `lanes`: `numberOfOperationalLanes` stay, else the original lanes less the restricted ones, else `capacityRemaining` of them; in the direction of the line, in both where the record says so |
//! | `singleAlternateLineTraffic` | `half`; signal where the situation has `temporaryTrafficLights` or manual direction, else by length |
//! | `contraflow`, `narrowLanes`, limits of weight and height … | none (a finding) |
//!
//! `MaintenanceWorks` and `ConstructionWorks` give name, cause and owner to the closures of their situation; alone they
//! close what their `impact` says. Other records (accidents, speed limits, diversions) are findings.
//!
//! A `noEntry` regulation is a full closure for those whom its conditions name; the vehicles that it negates are exempt.
//!
//! # Where
//! Lines (`posList`), points in order (itineraries, TPEG from and to), a single point. Alert-C and OpenLR need their
//! tables and maps: records that have nothing else are findings.

mod location;
mod read;
mod record;
mod regulation;
mod validity;
mod write;
mod xml;

pub(super) use read::read;
pub use write::{Version, write};
