//! Result sections as GeoJSON (RFC 7946): longitude and latitude.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use twin::{Findings, Twin};

use super::table::{Cell, Table};
use crate::project::Projector;

/// The rows of the table `links` with their lines; nothing for a network without a place on earth.
pub(super) fn links(twin: &Twin, table: &Table, provenance: &[(&'static str, String)]) -> Result<Option<String>, Findings> {
    if twin.crs == twin::Crs::NOWHERE {
        return Ok(None);
    }
    let projector = Projector::new(twin.crs.epsg)?;
    let mut lines: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (_, link) in twin.roads.links() {
        let positions = link.geometry.0.iter().map(|position| {
            let at = projector.wgs84_from_local(*position)?;
            // Seven decimals are a centimetre.
            let rounded = |degrees: f64| (degrees * 1e7).round() / 1e7;
            Ok(json!([rounded(at.x), rounded(at.y)]))
        });
        lines.insert(link.key.as_str(), positions.collect::<Result<_, twin::Finding>>().map_err(Findings::from)?);
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
            let key = properties.get("key").and_then(Value::as_str).unwrap_or("");
            let coordinates = lines.get(key).cloned().unwrap_or_default();
            json!({ "type": "Feature", "geometry": { "type": "LineString", "coordinates": coordinates }, "properties": properties })
        })
        .collect();
    let about: Map<String, Value> = provenance.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
    Ok(Some(json!({ "type": "FeatureCollection", "about": about, "features": features }).to_string() + "\n"))
}
