//! Layers of the supply networks in `result.gpkg`: pressures, flows, temperatures, voltages where they are, colored for QGIS.

use std::collections::BTreeMap;

use rusqlite::types::Value;
use twin::{
    Findings, Key, Network, Outcome, Twin,
    geo_types::{Coord, LineString},
    outcome::WaterOutcome,
};

use super::table::{Cell, Cells, Kind, Table, number, seconds, text};
use crate::gpkg::{
    column::{Column, GEOMETRY_COLUMN},
    line_string,
    package::{Layer, Package},
    point,
    style::{self, Color, Symbol},
};

/// Value that stands for what is not supplied in the expressions of styles.
const NOTHING: f64 = -1e6;

/// Zero of the Celsius scale, K.
const CELSIUS_K: f64 = 273.15;

/// From little to much, readable for the color-blind (ColorBrewer YlGnBu and OrRd).
const BLUES: [Color; 5] = [[199, 233, 180], [127, 205, 187], [65, 182, 196], [44, 127, 184], [37, 52, 148]];
const REDS: [Color; 5] = [[253, 212, 158], [253, 187, 132], [252, 141, 89], [227, 74, 51], [179, 0, 0]];
const DARK: Color = [20, 20, 20];
const BAD: Color = [200, 30, 40];
const GRAY: Color = [170, 170, 170];

/// Where the things of a network are.
enum Places {
    Nodes(BTreeMap<Key, Coord<f64>>),
    Links(BTreeMap<Key, LineString<f64>>),
}

/// Writes a layer per network and kind, for what the twin holds.
pub(super) fn layers(twin: &Twin, outcome: &Outcome, package: &mut Package<'_>) -> Result<(), Findings> {
    if let Some(water) = &outcome.water {
        let nodes = nodes(&twin.water, |node| (&node.key, node.position));
        put(package, &water_junctions(twin, water), "Water: lowest pressure", &nodes, water_pressure_style(water))?;
        let links = links(&twin.water, |node| node.position, |link| (&link.key, &link.geometry));
        put(package, &water_links(twin, water), "Water: greatest flow", &links, velocity_style(&[0.1, 0.5, 1.0, 2.0]))?;
    }
    for table in super::gas::tables(twin, outcome).into_iter().chain(super::heat::tables(twin, outcome)) {
        let (title, places, style) = match table.name {
            "gas_junction" => (
                "Gas: pressure",
                nodes(&twin.gas, |node| (&node.key, node.position)),
                quantile_style(&table, "pressure_bar", ("status", "cut_off"), BLUES),
            ),
            "gas_pipe" => (
                "Gas: velocity",
                links(&twin.gas, |node| node.position, |link| (&link.key, &link.geometry)),
                velocity_style(&[1.0, 5.0, 10.0, 20.0]),
            ),
            "heat_junction" => (
                "District heat: temperature",
                nodes(&twin.heat, |node| (&node.key, node.position)),
                quantile_style(&table, "temperature_k", ("status", "cut_off"), REDS),
            ),
            _ => (
                "District heat: velocity",
                links(&twin.heat, |node| node.position, |link| (&link.key, &link.geometry)),
                velocity_style(&[0.1, 0.5, 1.0, 2.0]),
            ),
        };
        put(package, &table, title, &places, style)?;
    }
    for table in super::power::tables(twin, outcome) {
        match table.name {
            "power_bus" => {
                let places = nodes(&twin.power, |bus| (&bus.key, bus.position));
                put(package, &table, "Power: voltage", &places, voltage_style())?;
            }
            "power_branch" => {
                let places = links(&twin.power, |bus| bus.position, |branch| (&branch.key, &branch.geometry));
                put(package, &table, "Power: loading", &places, loading_style())?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn nodes<N, L>(network: &Network<N, L>, of: impl Fn(&N) -> (&Key, Coord<f64>)) -> Places {
    let places = network.nodes().map(|(_, node)| {
        let (key, position) = of(node);
        (key.clone(), position)
    });
    Places::Nodes(places.collect())
}

/// Axes of links; a straight line between its nodes where a link has none.
fn links<N, L>(
    network: &Network<N, L>,
    position: impl Fn(&N) -> Coord<f64>,
    of: impl Fn(&L) -> (&Key, &LineString<f64>),
) -> Places {
    let places = network.links().map(|(id, link)| {
        let (key, line) = of(link);
        let line = if line.0.len() >= 2 {
            line.clone()
        } else {
            let (from, to) = network.ends(id);
            let end = |id| network.get_node(id).map(&position);
            LineString([end(from), end(to)].into_iter().flatten().collect())
        };
        (key.clone(), line)
    });
    Places::Links(places.collect())
}

/// Writes a table, whose first column is a key, as a layer `NAME_result`.
fn put(package: &mut Package<'_>, table: &Table, title: &str, places: &Places, style: String) -> Result<(), Findings> {
    let name = format!("{}_result", table.name);
    let geometry = match places {
        Places::Nodes(_) => "POINT",
        Places::Links(_) => "LINESTRING",
    };
    let mut columns = vec![Column::new(GEOMETRY_COLUMN, geometry)];
    columns.extend(table.columns.iter().map(|column| {
        let sql = match column.cells {
            Cells::Text(_) => "TEXT",
            Cells::Number(_) => "DOUBLE",
            Cells::Integer(_) => "INTEGER",
        };
        Column::new(column.name, sql)
    }));
    let key_of = |row: usize| match table.cell("key", row) {
        Some(Cell::Text(Some(key))) => Some(Key::new(key)),
        _ => None,
    };
    let mut rows = (0..table.n_rows()).filter_map(|row| Some((row, key_of(row)?))).zip(1..);
    package.layer(Layer { name: &name, title }, &columns, |out| {
        let ((row, key), fid) = rows.next()?;
        let srs_id = out.srs_id;
        match places {
            Places::Nodes(places) => match places.get(&key) {
                Some(position) => out.geometry(point(*position, srs_id)),
                None => out.push(Value::Null),
            },
            Places::Links(places) => match places.get(&key) {
                Some(line) => out.geometry(line_string(line, srs_id)),
                None => out.push(Value::Null),
            },
        }
        for column in &table.columns {
            out.push(match column.cells.get(row) {
                Cell::Text(text) => text.map_or(Value::Null, Value::Text),
                Cell::Number(number) => number.map_or(Value::Null, Value::Real),
                Cell::Integer(number) => number.map_or(Value::Null, Value::Integer),
            });
        }
        Some(fid)
    })?;
    package.style(&name, "Stadtwin result", style);
    Ok(())
}

/// One row per node: how it is at the time of its lowest pressure, and what the outages take from it.
fn water_junctions(twin: &Twin, water: &WaterOutcome) -> Table {
    use Kind::{Integer, Number, Text};
    let mut table = Table::new(
        "water_junction",
        &[
            ("key", Text),
            ("time_s", Integer),
            ("pressure_m", Number),
            ("head_m", Number),
            ("demand_m3_s", Number),
            ("served_m3_s", Number),
            ("status", Text),
            ("without_s", Integer),
            ("low_pressure_s", Integer),
            ("not_served_m3", Number),
        ],
    );
    for (id, node) in twin.water.nodes() {
        let at = id.index();
        // The worst supply decides, then the lowest pressure.
        let worst = water.times.iter().reduce(|worst, time| {
            let key = |time: &twin::outcome::WaterTime| (time.supply[at], -time.pressure_m[at]);
            if key(time) > key(worst) { time } else { worst }
        });
        let Some(time) = worst else { continue };
        let lost =
            water.affected.binary_search_by_key(&id, |affected| affected.node).ok().map(|row| &water.affected[row]);
        let lost_s = |of: fn(&twin::outcome::WaterAffected) -> u64| seconds(lost.map_or(0, of));
        table.push([
            text(node.key.as_str()),
            seconds(time.time_s),
            Cell::Number(time.pressure_m_at(at)),
            Cell::Number(time.head_m_at(at)),
            number(time.demand_m3_s[at]),
            number(time.served_m3_s[at]),
            text(time.supply[at].name()),
            lost_s(|lost| lost.without_s),
            lost_s(|lost| lost.low_pressure_s),
            number(lost.map_or(0.0, |lost| lost.not_served_m3)),
        ]);
    }
    table
}

/// One row per link, at the time of its greatest flow.
fn water_links(twin: &Twin, water: &WaterOutcome) -> Table {
    let mut table = super::water::link_table();
    for (id, link) in twin.water.links() {
        let at = id.index();
        let greatest = water.times.iter().reduce(|greatest, time| {
            if time.flow_m3_s[at].abs() > greatest.flow_m3_s[at].abs() { time } else { greatest }
        });
        if let Some(time) = greatest {
            super::water::push_link(&mut table, link, at, time);
        }
    }
    table
}

type Class = (f64, f64, String, Symbol);

/// Classes between rising bounds, and what lies beyond the ends.
fn classes(bounds: &[f64], unit: &str, colors: &[Color], symbol: impl Fn(Color) -> Symbol) -> Vec<Class> {
    let shown = |value: f64| format!("{value:.4}").trim_end_matches('0').trim_end_matches('.').to_owned();
    let mut rows = Vec::with_capacity(bounds.len() + 1);
    for (index, &color) in colors.iter().enumerate().take(bounds.len() + 1) {
        let lower = index.checked_sub(1).map(|before| bounds[before]);
        let upper = bounds.get(index).copied();
        let label = match (lower, upper) {
            (None, Some(upper)) => format!("< {} {unit}", shown(upper)),
            (Some(lower), None) => format!("≥ {} {unit}", shown(lower)),
            (Some(lower), Some(upper)) => format!("{} … {} {unit}", shown(lower), shown(upper)),
            (None, None) => unit.to_owned(),
        };
        rows.push((lower.unwrap_or(NOTHING / 10.0), upper.unwrap_or(1e9), label, symbol(color)));
    }
    rows
}

fn unsupplied(label: &str, symbol: Symbol) -> Class {
    (10.0 * NOTHING, NOTHING / 10.0, label.to_owned(), symbol)
}

fn water_pressure_style(water: &WaterOutcome) -> String {
    let marker = |color: Color| Symbol::marker(color, 1.6);
    let required_m = water.required_pressure_m;
    let mut rows = vec![unsupplied("kein Wasser / no water", Symbol::marker(DARK, 2.6))];
    let bounds = [0.0, 0.5 * required_m, required_m, 2.0 * required_m];
    let colors = [BAD, [235, 130, 45], [250, 200, 120], BLUES[2], BLUES[4]];
    rows.extend(classes(&bounds, "m", &colors, marker));
    let value = format!("CASE WHEN \"pressure_m\" IS NULL THEN {NOTHING} ELSE \"pressure_m\" END");
    style::graduated(&value, &rows)
}

/// Widths and colors of pipes by their velocity; what is shut is dark.
fn velocity_style(bounds: &[f64; 4]) -> String {
    let line = |color: Color| Symbol::line(color, 0.7);
    let mut rows = vec![unsupplied("außer Betrieb / shut", Symbol::line(DARK, 0.9))];
    let colors = [GRAY, BLUES[1], BLUES[3], [235, 130, 45], BAD];
    rows.extend(classes(bounds, "m/s", &colors, line));
    let shut = "\"status\" IN ('out_of_service', 'closed', 'shut')";
    style::graduated(&format!("CASE WHEN {shut} THEN {NOTHING} ELSE abs(\"velocity_m_s\") END"), &rows)
}

/// Five classes of equal numbers; what has the given text in a column is dark.
fn quantile_style(table: &Table, column: &str, (status, without): (&str, &str), colors: [Color; 5]) -> String {
    let value = |row: usize| match table.cell(column, row) {
        Some(Cell::Number(number)) => number,
        _ => None,
    };
    // People read degrees Celsius.
    let (zero, unit) = if column.ends_with("_k") { (CELSIUS_K, "°C") } else { (0.0, "bar") };
    let mut values: Vec<f64> = (0..table.n_rows()).filter_map(value).map(|value| value - zero).collect();
    values.sort_by(f64::total_cmp);
    let mut bounds: Vec<f64> = (1..5).filter_map(|fifth| values.get(values.len() * fifth / 5).copied()).collect();
    bounds.dedup();
    let mut rows = vec![unsupplied("nicht versorgt / not supplied", Symbol::marker(DARK, 2.6))];
    rows.extend(classes(&bounds, unit, &colors, |color| Symbol::marker(color, 1.6)));
    let missing = format!("\"{status}\" = '{without}' OR \"{column}\" IS NULL");
    let shown = if zero == 0.0 { format!("\"{column}\"") } else { format!("\"{column}\" - {zero}") };
    style::graduated(&format!("CASE WHEN {missing} THEN {NOTHING} ELSE {shown} END"), &rows)
}

fn voltage_style() -> String {
    let mut rows = vec![unsupplied("ohne Spannung / dead", Symbol::marker(DARK, 2.6))];
    let colors = [BAD, [250, 190, 125], BLUES[2], [250, 190, 125], BAD];
    rows.extend(classes(&[0.9, 0.95, 1.05, 1.1], "p.u.", &colors, |color| Symbol::marker(color, 1.6)));
    style::graduated(&format!("CASE WHEN \"vm_pu\" IS NULL THEN {NOTHING} ELSE \"vm_pu\" END"), &rows)
}

fn loading_style() -> String {
    let mut rows = vec![unsupplied("ohne Strom / not live", Symbol::line(DARK, 0.5))];
    let colors = [GRAY, BLUES[1], BLUES[3], [235, 130, 45], BAD];
    rows.extend(classes(&[20.0, 50.0, 80.0, 100.0], "%", &colors, |color| Symbol::line(color, 0.8)));
    // What has no limit has no loading.
    let value = format!(
        "CASE WHEN \"loading_percent\" IS NOT NULL THEN \"loading_percent\" WHEN \"i_from_ka\" IS NULL THEN {NOTHING} ELSE 0 END"
    );
    style::graduated(&value, &rows)
}

#[cfg(test)]
mod tests {
    use twin::{
        Crs, Id, Scenario,
        outcome::{
            Inflow, Interruption, Isolation, NotServed, Status, Supply, ValveToClose, WaterAffected, WaterTime,
            WaterTotals,
        },
        scenario::WaterDemandModel,
        utility::{
            Burial, Medium, WaterLink, WaterLinkDetail, WaterLinkKind, WaterNode, WaterNodeDetail, WaterNodeKind,
        },
    };

    use super::*;

    /// R ── A, 100 m; A is without water in the second hour.
    fn water() -> (Twin, Outcome) {
        let mut twin = Twin::empty("Netz", Crs::etrs89_utm(32));
        let node = |key: &str, x: f64, kind: WaterNodeKind| WaterNode {
            key: key.into(),
            position: Coord { x: 665_000.0 + x, y: 5_486_000.0 },
            elevation_m: 0.0,
            kind,
            building: None,
            detail: WaterNodeDetail::default(),
        };
        let a = twin.water.add_node(node("water_reservoir/R", 0.0, WaterNodeKind::Reservoir { head_m: 50.0 }));
        let kind = WaterNodeKind::Junction { base_demand_m3_s: 0.001 };
        let b = twin.water.add_node(node("water_junction/A", 100.0, kind));
        let kind = WaterLinkKind::Pipe { length_m: 100.0, diameter_m: 0.1, roughness: 0.1, open: true };
        let (burial, detail) = (Burial::default(), WaterLinkDetail::default());
        // Without a course of its own: drawn between its nodes.
        let link = WaterLink { key: "water_pipe/P".into(), geometry: LineString(Vec::new()), kind, burial, detail };
        twin.water.add_link(a, b, link);
        let time = |time_s: u64, supply: Supply, flow: f64| WaterTime {
            time_s,
            status: Status::Converged { iterations: 1, residual: 0.0 },
            head_m: vec![50.0, 48.0],
            pressure_m: vec![0.0, 48.0],
            demand_m3_s: vec![-flow, 0.001],
            served_m3_s: vec![-flow, flow],
            supply: vec![Supply::Supplied, supply],
            flow_m3_s: vec![flow],
            velocity_m_s: vec![flow * 127.3],
            headloss_m: vec![2.0],
            link_status: vec![if flow > 0.0 { "open" } else { "out_of_service" }],
        };
        let affected = WaterAffected {
            node: Id::new(1),
            supply: Supply::CutOff,
            from_s: 3600,
            not_served_m3_s: 0.001,
            pressure_m: None,
            to_s: Some(7200),
            customers: 1,
            without_s: 3600,
            low_pressure_s: 0,
            not_served_m3: 3.6,
        };
        let water = WaterOutcome {
            demand_model: WaterDemandModel::Dda,
            required_pressure_m: 20.0,
            simulated_s: 7200,
            times: vec![time(0, Supply::Supplied, 0.001), time(3600, Supply::CutOff, 0.0)],
            base_totals: WaterTotals::default(),
            totals: WaterTotals::default(),
            affected: vec![affected],
            interruption: Some(Interruption::of_nobody(3600, 7200, NotServed::Water(3.6))),
            tanks: Vec::new(),
        };
        let isolation = Isolation {
            outage: 0,
            asset: "water_pipe/P".into(),
            medium: Medium::Water,
            valves: vec![ValveToClose { key: "water_valve/V".into(), inflow: Some(Inflow::Water(0.001)) }],
            stuck: vec!["water_valve/W".into()],
            n_pipes: 1,
            length_m: 100.0,
            inside: twin::outcome::CutOff::default(),
            behind: twin::outcome::CutOff::default(),
            sources: Vec::new(),
        };
        (twin, Outcome { water: Some(water), isolations: vec![isolation], ..Outcome::empty("Rohrbruch") })
    }

    #[test]
    fn water_is_on_the_map_with_its_worst_hour_and_a_style() {
        let (twin, outcome) = water();
        let folder = tempfile::tempdir().unwrap();
        let options = crate::results::Options { csv: true, geojson: false };
        let summary = serde_json::json!({});
        crate::results::write(&twin, &Scenario::default(), &outcome, &summary, folder.path(), options).unwrap();
        let connection = rusqlite::Connection::open(folder.path().join("result.gpkg")).unwrap();
        let row: (String, i64, Option<f64>, i64, f64) = connection
            .query_row(
                "SELECT status, time_s, pressure_m, without_s, not_served_m3 FROM water_junction_result WHERE key = 'water_junction/A'",
                [],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)),
            )
            .unwrap();
        assert_eq!(row, ("cut_off".to_owned(), 3600, None, 3600, 3.6));
        let extent: (f64, f64) = connection
            .query_row("SELECT min_x, max_x FROM gpkg_contents WHERE table_name = 'water_link_result'", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap();
        assert_eq!(extent, (665_000.0, 665_100.0));
        let flow: f64 = connection.query_row("SELECT flow_m3_s FROM water_link_result", [], |row| row.get(0)).unwrap();
        assert_eq!(flow, 0.001);
        for layer in ["water_junction_result", "water_link_result"] {
            let sql = "SELECT styleQML FROM layer_styles WHERE f_table_name = ?1";
            let qml: String = connection.query_row(sql, [layer], |row| row.get(0)).unwrap();
            assert!(qml.contains("graduatedSymbol") && qml.contains("CASE WHEN"), "{qml}");
        }
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(
            read("isolation_valve.csv"),
            "outage,asset_key,network,step,valve_key,action,inflow_m3_s,inflow_kg_s\n\
             0,water_pipe/P,water,1,water_valve/V,close,0.001,\n0,water_pipe/P,water,,water_valve/W,stuck,,\n"
        );
        // Where nothing arrives there is no pressure to tell of.
        assert!(read("water_outage.csv").contains("water_junction/A,,1,cut_off,3600,7200,3600,0,3.6,0.001,\n"));
        assert!(
            read("water_junction.csv").contains("water_junction/A,3600,,,0.001,0,cut_off"),
            "{}",
            read("water_junction.csv")
        );
    }

    #[test]
    fn classes_share_their_bounds_and_end_open() {
        let rows = classes(&[0.0, 20.0], "m", &[BAD, GRAY, DARK], |color| Symbol::marker(color, 1.0));
        let told: Vec<(f64, f64, &str)> = rows.iter().map(|row| (row.0, row.1, row.2.as_str())).collect();
        assert_eq!(told, [(-1e5, 0.0, "< 0 m"), (0.0, 20.0, "0 … 20 m"), (20.0, 1e9, "≥ 20 m")]);
    }

    #[test]
    fn temperatures_are_classed_in_degrees_celsius() {
        let mut table = Table::new(
            "heat_junction",
            &[("key", Kind::Text), ("temperature_k", Kind::Number), ("status", Kind::Text)],
        );
        for celsius in 60..=90 {
            table.push([text("a"), number(f64::from(celsius) + 273.15), text("supplied")]);
        }
        let qml = quantile_style(&table, "temperature_k", ("status", "cut_off"), REDS);
        assert!(qml.contains("°C") && !qml.contains(" K\""), "{qml}");
        assert!(qml.contains("temperature_k&quot; - 273.15") || qml.contains("temperature_k\" - 273.15"), "{qml}");
        assert!(qml.contains("&lt; 66 °C") || qml.contains("< 66 °C"), "{qml}");
    }
}
