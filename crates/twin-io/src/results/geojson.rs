//! Result sections as GeoJSON (RFC 7946): longitude and latitude.

use serde_json::{Map, Value, json};
use twin::{Findings, Twin};

use super::{
    rows::driven_links,
    table::{Cell, Table},
};
use crate::project::Projector;

/// The rows of the table `links` with their lines; nothing for a network without a place on earth.
pub(super) fn links(
    twin: &Twin,
    table: &Table,
    provenance: &[(&'static str, String)],
) -> Result<Option<String>, Findings> {
    if twin.crs == twin::Crs::NOWHERE {
        return Ok(None);
    }
    let projector = Projector::new(twin.crs.epsg)?;
    let mut lines: Vec<Vec<Value>> = Vec::new();
    for (_, link) in driven_links(twin) {
        let positions = link.geometry.0.iter().map(|position| {
            let at = projector.wgs84_from_local(*position).map_err(Findings::from)?;
            // Seven decimals are a centimetre.
            let rounded = |degrees: f64| (degrees * 1e7).round() / 1e7;
            Ok(json!([rounded(at.x), rounded(at.y)]))
        });
        lines.push(positions.collect::<Result<_, Findings>>()?);
    }
    let features: Vec<Value> = (0..table.n_rows())
        .map(|row| {
            let properties: Map<String, Value> = table
                .columns
                .iter()
                .map(|column| {
                    let value = match column.cells.get(row) {
                        Cell::Text(text) => json!(text),
                        Cell::Number(number) => json!(number),
                        Cell::Integer(number) => json!(number),
                    };
                    (column.name.to_owned(), value)
                })
                .collect();
            // Rows stand by hour, then by section.
            let coordinates = &lines[row % lines.len()];
            json!({ "type": "Feature", "geometry": { "type": "LineString", "coordinates": coordinates }, "properties": properties })
        })
        .collect();
    let about: Map<String, Value> = provenance.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
    Ok(Some(json!({ "type": "FeatureCollection", "about": about, "features": features }).to_string() + "\n"))
}
