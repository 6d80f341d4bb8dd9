//! Imports OpenStreetMap files and prints what came of them: `cargo run -p twin-io --example import_stats -- FILE...`.
#![expect(clippy::print_stdout, reason = "an example talks to its user")]

use std::{collections::BTreeMap, path::Path, time::Instant};

use twin::{Severity, Silent, road::Direction, road::Modes};
use twin_io::ImportOptions;

fn main() {
    for file in std::env::args().skip(1) {
        let start = Instant::now();
        let imported = match twin_io::osm::read_pbf(Path::new(&file), &ImportOptions::default(), &Silent) {
            Ok(imported) => imported,
            Err(findings) => {
                println!("{file}: {findings}");
                continue;
            }
        };
        let (twin, seconds) = (&imported.twin, start.elapsed().as_secs_f64());
        println!("{file}: {} in {}, {seconds:.2} s", twin.name, twin.crs.name());
        let n_car_arcs: usize = twin
            .roads
            .links()
            .map(|(_, link)| {
                Direction::BOTH.iter().filter(|d| link.carriageway(**d).modes.contains(Modes::CAR)).count()
            })
            .sum();
        let length_km: f64 = twin.roads.links().map(|(_, link)| link.length_m).sum::<f64>() / 1000.0;
        println!(
            "  {} nodes, {} sections, {length_km:.3} km, {n_car_arcs} directed for cars, {} restrictions",
            twin.roads.n_nodes(),
            twin.roads.n_links(),
            twin.restrictions.len()
        );
        println!(
            "  {} buildings, {} addresses, {} places, {} areas, {} ground lines, {} stops, {} routes, {} assets",
            twin.buildings.len(),
            twin.addresses.len(),
            twin.places.len(),
            twin.areas.len(),
            twin.ground_lines.len(),
            twin.bus_stops.len(),
            twin.bus_routes.len(),
            twin.assets.len()
        );
        for (kind, count) in &imported.tally.kinds {
            println!("  {kind}: {} in the file, {} kept, dropped {:?}", count.source, count.kept, count.dropped);
        }
        let mut uses: BTreeMap<&str, usize> = BTreeMap::new();
        twin.buildings.rows().iter().for_each(|building| *uses.entry(building.usage.name()).or_default() += 1);
        println!("  uses {uses:?}");
        let findings = &imported.findings;
        println!("  {} warnings, {} notes", findings.count(Severity::Warning), findings.count(Severity::Note));
        if std::env::var_os("VERBOSE").is_some() {
            for finding in findings.iter() {
                let message: String = finding.message.chars().take(220).collect();
                println!("    {:?} {} {:?} {message}", finding.severity, finding.code, finding.key);
            }
        }
    }
}
