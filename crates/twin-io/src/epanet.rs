//! EPANET's `.inp` files as twins, and water networks as `.inp` files: the door around [`crate::inp`].

use std::{fs, path::Path};

use twin::{Crs, Finding, Findings, Source, Twin, utility::WaterNodeKind};

use crate::{ImportOptions, Imported, Tally, atomic, fingerprint::fingerprint, inp};

/// Greatest file that is read, bytes.
const MOST_BYTES: u64 = 2 << 30;

/// Reads a network. Its coordinates are taken to be in the reference system of `--crs`; without one the network has no
/// place on earth.
///
/// # Errors
/// The file cannot be read, or something is wrong in it: all of it is told at once.
pub(crate) fn read(path: &Path, options: &ImportOptions) -> Result<Imported, Findings> {
    let shown = path.display().to_string();
    let length = fs::metadata(path).map_err(|error| atomic::read_finding(path, &error))?.len();
    if length > MOST_BYTES {
        let message = format!("`{shown}` has {length} bytes; more than {MOST_BYTES} are not read.");
        return Err(Finding::error("file-too-large", message).with_file(shown).into());
    }
    let bytes = fs::read(path).map_err(|error| atomic::read_finding(path, &error))?;
    let text = inp::decoded(&bytes);
    let (model, mut findings) = inp::parse(&text, &shown)?;
    let stem = path.file_stem().map_or_else(|| "EPANET".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let crs = options.epsg.map_or(Crs::NOWHERE, |epsg| Crs { epsg });
    if let Some(epsg) = options.epsg {
        crate::project::Projector::new(epsg)?;
    }
    let n_nodes = model.network.n_nodes();
    if model.n_placed < n_nodes {
        let message = format!(
            "{} of {n_nodes} nodes have no coordinates; they are drawn between their neighbors.",
            n_nodes - model.n_placed
        );
        findings.push(Finding::note("no-coordinates", message).with_file(shown.clone()));
    }
    if options.epsg.is_none() && model.n_placed > 0 {
        findings.push(
            Finding::note("no-reference-system", "An EPANET file does not say where on earth its coordinates are.")
                .with_help("Name their reference system: --crs 25832.")
                .with_file(shown),
        );
    }
    let mut twin = Twin::empty(options.name.clone().unwrap_or(stem), crs);
    let mut tally = Tally::default();
    for (_, node) in model.network.nodes() {
        tally.keep(match node.kind {
            WaterNodeKind::Junction { .. } | WaterNodeKind::Hydrant => "junctions",
            WaterNodeKind::Reservoir { .. } => "reservoirs",
            WaterNodeKind::Tank { .. } => "tanks",
        });
    }
    for (_, link) in model.network.links() {
        tally.keep(match link.key.as_str().split_once('/') {
            Some(("water_pump", _)) => "pumps",
            Some(("water_valve", _)) => "valves",
            _ => "pipes",
        });
    }
    twin.sources.push(Source {
        name: path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        format: "EPANET".to_owned(),
        licence: None,
        attribution: None,
        date: None,
        hash: Some(fingerprint(&bytes)),
    });
    (twin.water, twin.water_operation) = (model.network, model.operation);
    Ok(Imported { twin, findings, tally })
}

/// Writes the water network of a twin as an EPANET file, in the units of its source.
///
/// # Errors
/// The twin has no water network, or the file cannot be written.
pub fn write_inp(twin: &Twin, path: &Path) -> Result<(), Findings> {
    if twin.water.n_links() == 0 {
        return Err(Finding::error("no-water", "The twin has no water network to write.")
            .with_file(path.display().to_string())
            .into());
    }
    let model = inp::Model {
        network: twin.water.clone(),
        operation: twin.water_operation.clone(),
        n_placed: twin.water.n_nodes(),
    };
    let text = inp::write(&model);
    atomic::write_file(path, |temporary| {
        fs::write(temporary, &text).map_err(|error| atomic::write_finding(path, &error).into())
    })
}
