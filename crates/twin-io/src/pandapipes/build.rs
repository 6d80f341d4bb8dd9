//! From the tables of a net to the networks of a twin.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use twin::{
    Finding, Findings, Id, Twin,
    geo_types::{Coord, LineString},
    utility::{Burial, GasLink, GasNode, HeatLink, HeatNode, HeatNodeKind, Medium},
};

use super::{
    fluid,
    links::{self, AnyLink},
    place::{self, Places},
    rows::Rows,
};
use crate::{ImportOptions, Tally, pandas};

/// Tables that are read.
const KNOWN: [&str; 17] = [
    "junction",
    "junction_geodata",
    "pipe",
    "pipe_geodata",
    "ext_grid",
    "sink",
    "source",
    "mass_storage",
    "valve",
    "pump",
    "compressor",
    "flow_control",
    "press_control",
    "heat_consumer",
    "heat_exchanger",
    "circ_pump_mass",
    "circ_pump_pressure",
];

/// A junction with all that hangs on it.
#[derive(Clone, Debug, Default)]
pub(super) struct Junction {
    pub(super) key: String,
    pub(super) height_m: f64,
    pub(super) temperature_k: f64,
    pub(super) in_service: bool,
    pub(super) feed_bar: Option<f64>,
    pub(super) feed_k: Option<f64>,
    pub(super) demand_kg_s: f64,
    pub(super) infeed_kg_s: f64,
    pub(super) customers: u32,
}

/// Builds the networks.
pub(super) fn build(
    net: &Map<String, Value>,
    options: &ImportOptions,
    twin: &mut Twin,
    findings: &mut Findings,
) -> Result<Tally, Findings> {
    let mut tally = Tally::default();
    let operation = fluid::operation(net, findings);
    let is_gas = operation.as_ref().is_some_and(|operation| operation.medium == Medium::Gas);
    let prefix = if is_gas { "gas" } else { "heat" };
    let mut places = BTreeMap::new();
    let mut junctions = read_junctions(net, prefix, &mut places, findings);
    for _ in &junctions {
        tally.keep("junctions");
    }
    read_feeds(net, prefix, &places, &mut junctions, findings, &mut tally);
    if is_gas {
        tell_temperatures(&junctions, findings);
    }
    read_draws(net, prefix, &places, &mut junctions, findings, &mut tally);
    let mut found = links::read(net, prefix, is_gas, &places, &mut junctions, findings, &mut tally);
    tell_unknown(net, findings, &mut tally);
    wake(&mut junctions, &found, findings);
    let placed = place::place(net, options, &junctions, &places, &found, findings)?;
    let Some(operation) = operation.filter(|_| !findings.has_errors()) else { return Ok(tally) };
    twin.crs = placed.crs.clone();
    let density = operation.fluid.normal_density_kg_m3();
    if !(density > 0.0 && density.is_finite()) {
        let message = format!("The fluid `{}` has a density of {density} kg/m³ at 0 °C.", operation.fluid.name);
        findings.push(Finding::error("fluid-property", message).with_field("fluid.density"));
        return Ok(tally);
    }
    twin.operations = vec![operation].into();
    for (place, junction) in junctions.iter().enumerate() {
        let (key, position) = (junction.key.as_str().into(), placed.nodes[place]);
        if is_gas {
            twin.gas.add_node(GasNode {
                height_m: junction.height_m,
                temperature_k: junction.feed_k.unwrap_or(junction.temperature_k),
                feed_pressure_bar: junction.feed_bar,
                demand_m3_h: junction.demand_kg_s / density * 3600.0,
                infeed_m3_h: junction.infeed_kg_s / density * 3600.0,
                customers: junction.customers,
                in_service: junction.in_service,
                ..GasNode::junction(key, position)
            });
        } else {
            twin.heat.add_node(HeatNode {
                height_m: junction.height_m,
                temperature_k: junction.temperature_k,
                feed_pressure_bar: junction.feed_bar,
                feed_temperature_k: junction.feed_k,
                draw_kg_s: junction.demand_kg_s - junction.infeed_kg_s,
                in_service: junction.in_service,
                ..HeatNode::new(key, position, HeatNodeKind::Junction)
            });
        }
    }
    for (number, link) in found.drain(..).enumerate() {
        let geometry = course(&placed, number, link.from, link.to);
        let burial = Burial { material: link.material, ..Burial::default() };
        match link.kind {
            AnyLink::Gas(mut kind) => {
                if let twin::utility::GasLinkKind::FlowControl { flow_m3_h, .. } = &mut kind {
                    // Read in kg/s, as the table has it.
                    *flow_m3_h *= 3600.0 / density;
                }
                let gas_link = GasLink { key: link.key, geometry, kind, burial };
                twin.gas.add_link(Id::new(link.from), Id::new(link.to), gas_link);
            }
            AnyLink::Heat(kind) => {
                let heat_link = HeatLink { key: link.key, geometry, kind, burial };
                twin.heat.add_link(Id::new(link.from), Id::new(link.to), heat_link);
            }
        }
    }
    Ok(tally)
}

fn course(placed: &Places, link: usize, from: usize, to: usize) -> LineString<f64> {
    let (begin, end) = (placed.nodes[from], placed.nodes[to]);
    let mut line: Vec<Coord<f64>> = vec![begin];
    line.extend(placed.between.get(&link).into_iter().flatten().copied());
    line.push(end);
    LineString(line)
}

fn read_junctions(
    net: &Map<String, Value>,
    prefix: &str,
    places: &mut BTreeMap<i64, usize>,
    findings: &mut Findings,
) -> Vec<Junction> {
    let mut rows = Rows::new(net, "junction", format!("{prefix}_junction"), &["tfluid_k"], findings);
    if rows.n() == 0 {
        rows.find(Finding::error("no-junctions", "The net has no junctions.").with_field("junction"));
    }
    let mut junctions = Vec::with_capacity(rows.n());
    for row in 0..rows.n() {
        if let Some(number) = rows.frame.number_of_row(row) {
            places.insert(number, row);
        } else {
            let key = rows.key(row);
            let message = format!("{key}: the number of a junction must be a whole number.");
            rows.find(Finding::error("invalid-value", message).with_key(key).with_field("index"));
        }
        let temperature_k = rows.number(row, "tfluid_k");
        if temperature_k <= 0.0 && rows.frame.cell(row, "tfluid_k").is_some() {
            rows.wrong(row, "tfluid_k", "a temperature in kelvin", &temperature_k.to_string());
        }
        junctions.push(Junction {
            key: rows.key(row).to_string(),
            height_m: rows.number_or(row, "height_m", 0.0),
            temperature_k,
            in_service: rows.boolean(row, "in_service", true),
            ..Junction::default()
        });
    }
    junctions
}

/// Feeds: pressures and temperatures that are kept.
fn read_feeds(
    net: &Map<String, Value>,
    prefix: &str,
    places: &BTreeMap<i64, usize>,
    junctions: &mut [Junction],
    findings: &mut Findings,
    tally: &mut Tally,
) {
    let mut rows = Rows::new(net, "ext_grid", format!("{prefix}_ext_grid"), &["junction"], findings);
    let mut shares: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for row in 0..rows.n() {
        let place = rows.junction(row, "junction", places);
        let kind = rows.text(row, "type").unwrap_or_else(|| "pt".to_owned());
        if !rows.boolean(row, "in_service", true) {
            tally.drop("feeds", "out of service");
            continue;
        }
        tally.keep("feeds");
        let keeps = (kind.contains('p'), kind.contains('t'));
        let pressure = if keeps.0 { Some(rows.number(row, "p_bar")) } else { None };
        let temperature = if keeps.1 { rows.option(row, "t_k") } else { None };
        let Some(junction) = place.and_then(|place| junctions.get_mut(place)) else { continue };
        if let Some(pressure) = pressure {
            shares.entry(place.unwrap_or_default()).or_default().push(pressure);
            junction.feed_bar = Some(pressure);
        }
        junction.feed_k = temperature.or(junction.feed_k);
    }
    for (place, pressures) in shares.into_iter().filter(|(_, pressures)| pressures.len() > 1) {
        let junction = &mut junctions[place];
        let mean = pressures.iter().sum::<f64>() / pressures.len() as f64;
        junction.feed_bar = Some(mean);
        if pressures.iter().any(|pressure| *pressure != pressures[0]) {
            let message = format!(
                "{}: {} feeds keep different pressures; their mean, {mean} bar, is kept.",
                junction.key,
                pressures.len()
            );
            rows.find(
                Finding::warning("pressures-contradict", message)
                    .with_key(junction.key.as_str())
                    .with_field("ext_grid.p_bar"),
            );
        }
    }
}

/// A gas node of the twin has one temperature: that of the feed, where it has one, also where pandapipes goes on with the junction's own.
fn tell_temperatures(junctions: &[Junction], findings: &mut Findings) {
    let differs = |junction: &&Junction| junction.feed_k.is_some_and(|feed_k| feed_k != junction.temperature_k);
    let Some(first) = junctions.iter().find(differs) else { return };
    if junctions.iter().all(|junction| junction.temperature_k == junctions[0].temperature_k) {
        return;
    }
    let message = format!(
        "{}: the feed has {} K, its junction {} K, and the junctions differ too; the feed's is computed with.",
        first.key,
        first.feed_k.unwrap_or_default(),
        first.temperature_k
    );
    findings.push(
        Finding::note("feed-temperature", message).with_key(first.key.as_str()).with_field("ext_grid.t_k").with_help(
            "Pressures may differ from those of pandapipes by some millibar; give both the same temperature.",
        ),
    );
}

/// Sinks, sources and storages: flows that are given.
fn read_draws(
    net: &Map<String, Value>,
    prefix: &str,
    places: &BTreeMap<i64, usize>,
    junctions: &mut [Junction],
    findings: &mut Findings,
    tally: &mut Tally,
) {
    for (table, kind) in [("sink", "sinks"), ("source", "sources"), ("mass_storage", "storages")] {
        let mut rows = Rows::new(net, table, format!("{prefix}_{table}"), &["junction", "mdot_kg_per_s"], findings);
        for row in 0..rows.n() {
            let place = rows.junction(row, "junction", places);
            let flow_kg_s = rows.number(row, "mdot_kg_per_s") * rows.number_or(row, "scaling", 1.0);
            if !rows.boolean(row, "in_service", true) {
                tally.drop(kind, "out of service");
                continue;
            }
            tally.keep(kind);
            let Some(junction) = place.and_then(|place| junctions.get_mut(place)) else { continue };
            match table {
                "source" => junction.infeed_kg_s += flow_kg_s,
                "sink" => {
                    junction.demand_kg_s += flow_kg_s;
                    junction.customers += 1;
                }
                _ => junction.demand_kg_s += flow_kg_s,
            }
        }
    }
}

/// Junctions out of service at which links in service end are in service, as in pandapipes.
fn wake(junctions: &mut [Junction], links: &[links::Link], findings: &mut Findings) {
    let mut woken = Vec::new();
    for link in links.iter().filter(|link| link.kind.is_open()) {
        for end in [link.from, link.to] {
            if !junctions[end].in_service {
                junctions[end].in_service = true;
                woken.push(end);
            }
        }
    }
    if let Some(first) = woken.iter().min() {
        let key = junctions[*first].key.clone();
        let message = format!(
            "{} junctions are out of service, but links in service end there, the first is {key}; they are computed as in service.",
            woken.len()
        );
        findings.push(
            Finding::warning("junction-in-service", message)
                .with_key(key.as_str())
                .with_field("junction.in_service")
                .with_help("pandapipes does the same. Take the links out of service to cut a junction off."),
        );
    }
}

/// Tables with rows that are not read: elements of the network are warnings, the rest is only counted.
fn tell_unknown(net: &Map<String, Value>, findings: &mut Findings, tally: &mut Tally) {
    for (name, value) in net {
        if KNOWN.contains(&name.as_str()) || name.starts_with("res_") || name.starts_with('_') {
            continue;
        }
        let Some(frame) =
            pandas::class(value).filter(|class| *class == "DataFrame").and(crate::pandas::Frame::decode(value).ok())
        else {
            continue;
        };
        if frame.n_rows() == 0 {
            continue;
        }
        tally.not_used(format!("table {name}"));
        let is_element = ["junction", "from_junction", "to_junction", "flow_junction", "return_junction"]
            .iter()
            .any(|column| frame.has(column));
        if is_element || name == "controller" {
            let message =
                format!("Table `{name}` with {} rows is not known; its elements are left out.", frame.n_rows());
            findings.push(
                Finding::warning("unknown-element", message)
                    .with_field(name.clone())
                    .with_key(format!("{name}/{}", frame.label(0)).as_str()),
            );
        }
    }
}
