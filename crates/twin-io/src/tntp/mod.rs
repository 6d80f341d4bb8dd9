//! Networks and trip tables of the TNTP format (Transportation Networks for Research): `*_net.tntp`, `*_trips.tntp` and,
//! where there is one, `*_node.tntp`.
//!
//! # What becomes of it
//! Each row of the net file is one one-way section `tntp/17` (the row, from 1) for motor vehicles with the file's own BPR
//! function; node 5 is `tntp_node/5`, zone 3 is `zone/3` and enters the network at node 3. Nodes below `FIRST THRU NODE`
//! begin and end trips only. The trip table is one matrix of cars that holds in any hour.
//!
//! # Units
//! The format says nothing of units: times, lengths, speeds, tolls and trips stay numbers of the file. `length_m`,
//! `speed_limit_kmh` and `travel_time_s` of such a twin are in the file's units too, which is a finding.
//!
//! # Coordinates
//! Those of the node file, in the system of [`ImportOptions::epsg`] or, without one, in a plane without a place on earth;
//! without a node file the nodes lie on a circle.
//!
//! # References
//! Transportation Networks for Research Core Team: Transportation Networks for Research,
//! <https://github.com/bstabler/TransportationNetworks>.

mod build;
mod files;
mod net;
mod node;
#[cfg(test)]
mod tests;
mod text;
mod trips;

use std::path::PathBuf;

use twin::{Finding, Findings, Watch};

use crate::{ImportOptions, Imported};

pub use files::{looks_like_net, looks_like_nodes, looks_like_trips};

/// Reads a network and its trips. `files` are the net file and the trip table in any order, with or without the node
/// file; those that are missing are looked for beside the one that is given (`Anaheim_net.tntp` → `Anaheim_trips.tntp`).
///
/// # Errors
/// All at once, each with its line: what is no number, not finite or negative where it must not be, nodes and zones that
/// do not exist, counts that differ from the header; or no net file, an unknown reference system, cancelled.
pub fn read(files: &[PathBuf], options: &ImportOptions, watch: &dyn Watch) -> Result<Imported, Findings> {
    let files = files::gather(files)?;
    let mut findings = Findings::default();
    watch.progress("read", 0, 3);
    let net = net::parse(&files.net, &mut findings);
    check_cancelled(watch)?;
    watch.progress("read", 1, 3);
    let trips = files.trips.as_ref().map(|file| trips::parse(file, Some(net.n_zones), &mut findings));
    check_cancelled(watch)?;
    watch.progress("read", 2, 3);
    let positions = files.node.as_ref().map(|file| node::parse(file, net.n_nodes, &mut findings));
    if findings.has_errors() {
        return Err(findings);
    }
    let imported = build::build(&files, net, trips, positions, options, findings)?;
    watch.progress("read", 3, 3);
    Ok(imported)
}

/// The entries (origin, destination, trips) of a trip table without a network, zones numbered as in the file; what is wrong
/// goes to `findings`.
pub(crate) fn read_trips_text(text: &str, shown: &str, findings: &mut Findings) -> Vec<(u32, u32, f64)> {
    let file = text::File { shown: shown.to_owned(), name: String::new(), text: text.to_owned(), hash: String::new() };
    let entries = trips::parse(&file, None, findings).entries;
    entries.into_iter().map(|(origin, destination, trips)| (origin + 1, destination + 1, trips)).collect()
}

fn check_cancelled(watch: &dyn Watch) -> Result<(), Findings> {
    if watch.is_cancelled() { Err(Finding::error("cancelled", "The import was stopped.").into()) } else { Ok(()) }
}
