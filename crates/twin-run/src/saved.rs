//! The prepared base as bytes, so that a window can keep it beside the twin and be ready in a second the next time.
//!
//! What took long is kept: demand and the equilibria of the base case with their paths. Streets, hierarchy and access are derived
//! again, which is fast. The bytes begin with a fingerprint of everything that the base depends on (the twin as the caller
//! names it, options, assumptions, demand of the scenario, version of this format) and end with a checksum: what does not fit or is
//! damaged is not used, and the base is computed anew.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use twin::{
    Finding, Findings, Id, Key, Scenario, Severity, Twin,
    demand::{Connector, Demand, OdMatrix, VehicleClass, Zone, ZoneKind},
    geo_types::Coord,
};
use twin_traffic::{equilibrium::SavedEquilibrium, street, trips::Trips};

use crate::{
    access::Access,
    prepare::{Prepared, PreparedHour},
    touched::Ground,
};

/// Changes with everything that changes the meaning of the bytes or the base itself.
const FORMAT: u32 = 1;

/// What the base of a twin and scenario depends on; `twin_hash` names the content of the twin.
#[must_use]
pub fn fingerprint(twin_hash: &str, scenario: &Scenario) -> u64 {
    let mut hash = Fnv::new();
    let written = write!(
        hash,
        "{FORMAT} {} {twin_hash} {:?} {:?} {:?} {} {:?}",
        env!("CARGO_PKG_VERSION"),
        scenario.traffic,
        scenario.assumptions,
        scenario.demand_factor,
        scenario.seed,
        scenario.demand,
    );
    written.expect("because hashing cannot fail");
    hash.0
}

/// The base as bytes. A base with a whole day is not for keeping: [`from_bytes`] has none for scenarios that ask for one.
#[must_use]
pub fn to_bytes(prepared: &Prepared, fingerprint: u64) -> Vec<u8> {
    let content = Content {
        zones: prepared.demand.zones.iter().map(SavedZone::of).collect(),
        matrices: prepared
            .demand
            .matrices
            .iter()
            .map(|matrix| SavedMatrix {
                class: matrix.class as u8,
                hour: matrix.hour,
                offsets: matrix.offsets.clone(),
                destinations: matrix.destinations.clone(),
                trips_veh_h: matrix.trips_veh_h.clone(),
            })
            .collect(),
        own_demand: prepared.own_demand,
        findings: prepared.about_demand.iter().map(SavedFinding::of).collect(),
        hours: prepared.hours.iter().map(|hour| (hour.hour, SavedEquilibrium::of(&hour.base))).collect(),
    };
    let mut bytes = fingerprint.to_le_bytes().to_vec();
    bytes.extend(postcard::to_allocvec(&content).expect("because plain numbers and texts can be written"));
    let checksum = Fnv::of(&bytes);
    bytes.extend(checksum.to_le_bytes());
    bytes
}

/// The base from bytes; nothing if they are of other inputs, of another version, or damaged.
#[must_use]
pub fn from_bytes(twin: &Twin, scenario: &Scenario, fingerprint: u64, bytes: &[u8]) -> Option<Prepared> {
    if scenario.traffic.day {
        return None;
    }
    let (body, checksum) = bytes.split_last_chunk::<8>()?;
    let (head, content) = body.split_first_chunk::<8>()?;
    if u64::from_le_bytes(*head) != fingerprint || u64::from_le_bytes(*checksum) != Fnv::of(body) {
        return None;
    }
    let content: Content = postcard::from_bytes(content).ok()?;
    let zones = content.zones.into_iter().map(|zone| zone.zone(twin)).collect::<Option<Vec<_>>>()?;
    let matrices = content.matrices.into_iter().map(SavedMatrix::matrix).collect::<Option<Vec<_>>>()?;
    let demand = Demand { zones, matrices };
    let (streets, about_streets) = street::derive(twin, &demand.zones, &scenario.assumptions, &scenario.traffic);
    let about_demand: Findings = Findings(content.findings.into_iter().map(SavedFinding::finding).collect());
    let mut findings = about_demand.clone();
    findings.extend(about_streets);
    let hours = content
        .hours
        .into_iter()
        .map(|(hour, saved)| {
            let trips = Trips::at_hour(&demand, hour, scenario.demand_factor).ok()?;
            let base = saved.equilibrium(&streets)?;
            base.invert();
            Some(PreparedHour { hour, trips, base })
        })
        .collect::<Option<Vec<_>>>()?;
    let access = Access::of(twin);
    (hours.iter().map(|hour| hour.hour).eq(scenario.traffic.hours.iter().copied())).then(|| Prepared {
        ground: Ground::of(twin, &access, &streets, &scenario.assumptions),
        access,
        streets,
        demand,
        hours,
        day: None,
        findings,
        about_demand,
        assumptions: scenario.assumptions.clone(),
        options: scenario.traffic.clone(),
        demand_factor: scenario.demand_factor,
        seed: scenario.seed,
        own_demand: content.own_demand,
    })
}

#[derive(Serialize, Deserialize)]
struct Content {
    zones: Vec<SavedZone>,
    matrices: Vec<SavedMatrix>,
    own_demand: bool,
    findings: Vec<SavedFinding>,
    hours: Vec<(u8, SavedEquilibrium)>,
}

#[derive(Serialize, Deserialize)]
struct SavedZone {
    key: String,
    name: Option<String>,
    position: (f64, f64),
    external: bool,
    residents: f64,
    jobs: f64,
    connectors: Vec<(u32, f64)>,
}

impl SavedZone {
    fn of(zone: &Zone) -> Self {
        Self {
            key: zone.key.to_string(),
            name: zone.name.clone(),
            position: (zone.position.x, zone.position.y),
            external: zone.kind == ZoneKind::External,
            residents: zone.residents,
            jobs: zone.jobs,
            connectors: zone.connectors.iter().map(|c| (c.node.index() as u32, c.time_s)).collect(),
        }
    }

    fn zone(self, twin: &Twin) -> Option<Zone> {
        let connectors = self.connectors.into_iter().map(|(node, time_s)| {
            ((node as usize) < twin.roads.n_nodes()).then(|| Connector { node: Id::new(node as usize), time_s })
        });
        Some(Zone {
            key: Key::new(self.key),
            name: self.name,
            position: Coord { x: self.position.0, y: self.position.1 },
            kind: if self.external { ZoneKind::External } else { ZoneKind::Internal },
            residents: self.residents,
            jobs: self.jobs,
            connectors: connectors.collect::<Option<_>>()?,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct SavedMatrix {
    class: u8,
    hour: Option<u8>,
    offsets: Vec<u32>,
    destinations: Vec<u32>,
    trips_veh_h: Vec<f64>,
}

impl SavedMatrix {
    fn matrix(self) -> Option<OdMatrix> {
        let Self { class, hour, offsets, destinations, trips_veh_h } = self;
        Some(OdMatrix { class: *VehicleClass::ALL.get(class as usize)?, hour, offsets, destinations, trips_veh_h })
    }
}

#[derive(Serialize, Deserialize)]
struct SavedFinding {
    severity: u8,
    code: String,
    texts: (String, Option<String>, Option<String>, Option<String>),
    key: Option<String>,
    position: Option<(u32, u32)>,
}

impl SavedFinding {
    fn of(finding: &Finding) -> Self {
        Self {
            severity: finding.severity as u8,
            code: finding.code.to_owned(),
            texts: (finding.message.clone(), finding.help.clone(), finding.file.clone(), finding.field.clone()),
            key: finding.key.as_ref().map(ToString::to_string),
            position: finding.position,
        }
    }

    fn finding(self) -> Finding {
        let severity = match self.severity {
            0 => Severity::Note,
            1 => Severity::Warning,
            _ => Severity::Error,
        };
        // Codes are constants of the program; the few that a saved base brings back live as long as it.
        let mut finding = Finding::new(severity, String::leak(self.code), self.texts.0);
        (finding.help, finding.file, finding.field) = (self.texts.1, self.texts.2, self.texts.3);
        finding.key = self.key.map(Key::new);
        finding.position = self.position;
        finding
    }
}

/// The hash of Fowler, Noll and Vo (1a, 64 bit).
struct Fnv(u64);

impl Fnv {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Of bytes, eight at a time.
    fn of(bytes: &[u8]) -> u64 {
        let mut hash = Self::new();
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            hash.add(u64::from_le_bytes(*word));
        }
        for &byte in rest {
            hash.add(u64::from(byte));
        }
        hash.0
    }

    const fn add(&mut self, value: u64) {
        self.0 = (self.0 ^ value).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
    }
}

impl std::fmt::Write for Fnv {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        for byte in text.bytes() {
            self.add(u64::from(byte));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use twin::Silent;

    use super::*;
    use crate::{
        fixture::{closure, scenario, street, testheim, with_trips},
        prepare, resolve, run,
    };

    #[test]
    fn a_saved_base_gives_the_same_bits_and_a_stale_or_damaged_one_is_not_used() {
        let twin = with_trips(testheim(), &[0, 3, 5], &[(0, 1, 200.0), (1, 0, 200.0), (0, 2, 10.0)]);
        let closed = scenario(vec![closure(
            street("Hauptstraße", Some(["Bergweg", "Ringstraße"])),
            twin::scenario::ClosureKind::Full,
        )]);
        let prepared = prepare(&twin, &closed, &Silent);
        let fits = fingerprint("town", &closed);
        let bytes = to_bytes(&prepared, fits);
        let restored = from_bytes(&twin, &closed, fits, &bytes).unwrap();
        assert!(restored.fits(&closed));
        let resolved = resolve(&twin, &closed).unwrap();
        assert_eq!(run(&twin, &restored, &resolved, &Silent), run(&twin, &prepared, &resolved, &Silent));
        let other = Scenario { demand_factor: 1.1, ..closed.clone() };
        assert_ne!(fingerprint("town", &other), fits);
        assert_ne!(fingerprint("another town", &closed), fits);
        assert!(from_bytes(&twin, &closed, fingerprint("another town", &closed), &bytes).is_none());
        for at in (0..bytes.len()).step_by(7) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 16;
            assert!(from_bytes(&twin, &closed, fits, &damaged).is_none(), "byte {at}");
            assert!(from_bytes(&twin, &closed, fits, &bytes[..at]).is_none(), "up to byte {at}");
        }
    }
}
