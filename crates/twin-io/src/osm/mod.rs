//! OpenStreetMap files in the PBF format become a twin.
//!
//! The way of the data: [`pbf`] decodes the file in parallel, positions are projected in bulk, [`street`] reads the tags
//! of each way, [`network`] cuts and joins ways to sections, and [`building`], [`place`], [`ground`], [`transit`] and
//! [`asset`] read the rest. Every object of the file is counted: kept, dropped for a reason that is a finding, or not used.

mod access;
mod asset;
mod building;
mod builtup;
mod element;
mod ground;
mod island;
mod junction;
mod lanes;
mod locate;
mod network;
mod notes;
mod pbf;
mod place;
mod restriction;
mod ring;
mod speed;
mod street;
mod town;
mod transit;
mod usage;
mod value;
mod ways;

#[cfg(test)]
mod draw;
#[cfg(test)]
mod tests;

use std::path::Path;

use geo_types::Coord;
use twin::{Crs, Finding, Findings, Source, Table, Twin, Watch, jiff};

use self::{
    builtup::{BuiltUp, Evidence},
    element::Osm,
    notes::Notes,
};
use crate::{ImportOptions, Imported, Tally, project};

/// Reads an OpenStreetMap PBF file.
///
/// # Errors
/// Findings, at least one of them an error, where the file cannot be used: it is cut off, damaged, in another format, holds
/// a history, or neither streets nor buildings; or where the reference system of the options cannot be used.
pub fn read_pbf(path: &Path, options: &ImportOptions, watch: &dyn Watch) -> Result<Imported, Findings> {
    watch.progress("import-read", 0, 1);
    let bytes = std::fs::read(path).map_err(|error| {
        Finding::error("file-not-readable", format!("The file cannot be read: {error}."))
            .with_file(path.display().to_string())
            .with_help("Check its name and permissions.")
    })?;
    import_bytes(&bytes, path, options, watch)
}

/// Reads the bytes of a PBF file; the path names it in findings.
pub(crate) fn import_bytes(
    bytes: &[u8],
    path: &Path,
    options: &ImportOptions,
    watch: &dyn Watch,
) -> Result<Imported, Findings> {
    let file = path.display().to_string();
    let (mut osm, warnings) = pbf::decode(bytes, path, watch)?;
    let mut notes = Notes::default();
    notes.extend(warnings);
    let mut tally = Tally::default();
    let center = median(&osm).ok_or_else(|| nothing_in_it(&file))?;
    let epsg = options.epsg.unwrap_or_else(|| project::utm_epsg_at(center.x, center.y));
    osm.nodes.local = project::local_from_wgs84_many(epsg, &osm.nodes.wgs84)?;
    note_projection(&osm, epsg, &mut notes)?;
    let twin = build(&osm, epsg, center, path, options, watch, (&mut notes, &mut tally))?;
    if twin.roads.is_empty() && twin.buildings.is_empty() {
        return Err(nothing_in_it(&file).into());
    }
    let mut twin = twin;
    twin.sources = vec![source(&osm, bytes, path)];
    let mut findings = notes.into_findings();
    findings.0.iter_mut().for_each(|finding| finding.file = Some(file.clone()));
    Ok(Imported { twin, findings, tally })
}

fn build(
    osm: &Osm,
    epsg: u32,
    center: Coord<f64>,
    path: &Path,
    options: &ImportOptions,
    watch: &dyn Watch,
    (notes, tally): (&mut Notes, &mut Tally),
) -> Result<Twin, Findings> {
    const STAGES: u64 = 5;
    let stage = |done: u64| {
        watch.progress("import-build", done, STAGES);
        if watch.is_cancelled() { Err(Finding::error("cancelled", "The import was cancelled.")) } else { Ok(()) }
    };
    let ways = ways::street_ways(osm, notes, tally);
    stage(1)?;
    let outlines = ground::Outlines::new(osm);
    let areas = ground::areas(osm, &outlines, notes, tally);
    let mut buildings = building::buildings(osm, &outlines, notes, tally);
    stage(2)?;
    let evidence = Evidence {
        land: areas.iter().filter(|area| ground::is_built_up_land(area.kind)).map(|area| &area.polygon).collect(),
        buildings: buildings
            .iter()
            .filter(|building| building.part_of.is_none())
            .map(|building| &building.footprint)
            .collect(),
        streets: ways::residential_lines(osm, &ways),
    };
    let built_up = BuiltUp::new(&evidence);
    let law = ways::law(osm);
    let junctions = junction::junctions(osm, &ways, notes);
    let streets =
        network::build(osm, &ways, &junctions, law, |line| built_up.as_ref().map(|raster| raster.holds(line)), notes);
    ways::note_assumptions(&streets.roads, law, notes);
    ways::note_twins(&streets.roads, notes);
    island::report(&streets.roads, notes);
    let restrictions = restriction::restrictions(osm, &streets, notes, tally);
    stage(3)?;
    let at = locate::Locator::new(&buildings);
    let places = place::places(osm, &outlines, &at, &buildings, notes, tally);
    let addresses = place::addresses(osm, &outlines, &at, notes, tally);
    let uses = usage::refined(osm, &buildings, &places, &addresses, &areas, &outlines, &at);
    drop(at);
    buildings.iter_mut().zip(uses).for_each(|(building, usage)| building.usage = usage);
    stage(4)?;
    let (bus_stops, bus_routes) = transit::transit(osm, &streets, &outlines, notes, tally);
    let ground_lines = ground::lines(osm, notes, tally);
    let assets = asset::assets(osm, &outlines, notes, tally);
    town::count_unused(osm, tally);
    stage(5)?;
    Ok(Twin {
        crs: Crs { epsg },
        roads: streets.roads,
        restrictions,
        buildings: Table::from(buildings),
        addresses: Table::from(addresses),
        places: Table::from(places),
        areas: Table::from(areas),
        ground_lines: Table::from(ground_lines),
        bus_stops: Table::from(bus_stops),
        bus_routes: Table::from(bus_routes),
        assets: Table::from(assets),
        ..Twin::empty(town::name(osm, center, path, options), Crs { epsg })
    })
}

fn nothing_in_it(file: &str) -> Finding {
    Finding::error("osm-empty", "The extract holds neither streets nor buildings.")
        .with_file(file)
        .with_help("Choose an area with streets or buildings in it; the file may have been filtered too strictly.")
}

/// Middle longitude and latitude of all nodes: far-away members of relations do not move it.
fn median(osm: &Osm) -> Option<Coord<f64>> {
    let middle = |mut values: Vec<f64>| {
        let at = values.len() / 2;
        (!values.is_empty()).then(|| *values.select_nth_unstable_by(at, f64::total_cmp).1)
    };
    let x = middle(osm.nodes.wgs84.iter().map(|position| position.x).collect())?;
    let y = middle(osm.nodes.wgs84.iter().map(|position| position.y).collect())?;
    Some(Coord { x, y })
}

/// Tells what the projection does to the data.
fn note_projection(osm: &Osm, epsg: u32, notes: &mut Notes) -> Result<(), Findings> {
    let n_lost = osm.nodes.local.iter().filter(|position| position.is_none()).count();
    if n_lost == osm.nodes.local.len() {
        return Err(Finding::error(
            "crs-not-usable",
            format!("No position of the data can be represented in EPSG:{epsg}."),
        )
        .with_field("crs")
        .with_help("Leave out --crs, or choose a reference system of the region.")
        .into());
    }
    if n_lost > 0 {
        notes.push(
            Finding::warning(
                "position-outside-crs",
                format!("{n_lost} nodes cannot be represented in EPSG:{epsg} and were left out."),
            )
            .with_help("Leave out --crs, or choose a reference system of the region."),
        );
    }
    let accuracy_m = project::Projector::new(epsg)?.accuracy_m();
    if let Some(accuracy_m) = accuracy_m.filter(|accuracy_m| *accuracy_m > 1.0) {
        notes.push(
            Finding::note(
                "crs-accuracy",
                format!("Positions in EPSG:{epsg} are accurate to about {accuracy_m} m (change of datum)."),
            )
            .with_field("crs")
            .with_help("Choose an ETRS89 system, such as EPSG:25832, where that matters."),
        );
    }
    Ok(())
}

fn source(osm: &Osm, bytes: &[u8], path: &Path) -> Source {
    let date = osm.timestamp_s.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    Source {
        name: path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned()),
        format: "OpenStreetMap PBF".to_owned(),
        licence: Some("ODbL 1.0".to_owned()),
        attribution: Some("© OpenStreetMap contributors".to_owned()),
        date: date.map(|date| date.to_zoned(jiff::tz::TimeZone::UTC).date()),
        hash: Some(format!("{:016x}", fnv_1a(bytes))),
    }
}

/// Fowler–Noll–Vo 1a, 64 bits: tells files apart, no protection against forgery.
fn fnv_1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
