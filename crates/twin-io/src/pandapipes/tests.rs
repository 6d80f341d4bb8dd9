//! Small nets of every element, and what is wrong in them.

use serde_json::{Value, json};
use twin::{
    Severity,
    utility::{GasLinkKind, HeatLinkKind, Property},
};

use super::*;

fn frame(columns: &[&str], rows: Value) -> Value {
    let n = rows.as_array().map_or(0, Vec::len);
    let index: Vec<usize> = (0..n).collect();
    let inside = json!({ "columns": columns, "index": index, "data": rows });
    json!({ "_module": "pandas.core.frame", "_class": "DataFrame", "_object": inside.to_string(), "orient": "split" })
}

fn property(class: &str, object: Value) -> Value {
    json!({ "_module": "pandapipes.properties.fluids", "_class": class, "_object": object.to_string() })
}

fn fluid(is_gas: bool) -> Value {
    let constant = |value: f64| property("FluidPropertyConstant", json!({ "value": value }));
    let inside = json!({
        "name": "test", "is_gas": is_gas,
        "all_properties": {
            "density": constant(if is_gas { 0.8 } else { 998.0 }),
            "viscosity": property("FluidPropertyInterExtra", json!({ "x": [300.0, 280.0], "y": [2e-5, 1e-5] })),
            "heat_capacity": constant(4200.0),
            "compressibility": property("FluidPropertyLinear", json!({ "slope": -0.0022, "offset": 1.0 })),
        }
    });
    json!({ "_module": "pandapipes.properties.fluids", "_class": "Fluid", "_object": inside.to_string() })
}

/// Two junctions, a pipe, a feed, a sink.
fn net(is_gas: bool) -> Value {
    json!({
        "fluid": fluid(is_gas),
        "junction": frame(&["name", "tfluid_k", "height_m", "in_service"], json!([["a", 283.15, 100.0, true], ["b", 283.15, 101.0, true]])),
        "pipe": frame(
            &["from_junction", "to_junction", "length_km", "inner_diameter_mm", "outer_diameter_mm", "k_mm", "u_w_per_m2k", "in_service"],
            json!([[0, 1, 0.1, 100.0, 110.0, 0.1, 2.0, true]])
        ),
        "ext_grid": frame(&["junction", "p_bar", "t_k", "type", "in_service"], json!([[0, 1.0, 290.0, "pt", true]])),
        "sink": frame(&["junction", "mdot_kg_per_s", "scaling", "in_service"], json!([[1, 0.02, 2.0, true], [1, 9.0, 1.0, false]])),
    })
}

fn text(net: &Value) -> String {
    json!({ "_module": "pandapipes.pandapipes_net", "_class": "pandapipesNet", "_object": net }).to_string()
}

fn read(net: &Value) -> Result<Imported, Findings> {
    read_text(&text(net), "test", &ImportOptions::default())
}

/// The only error of a net: code, key, field.
#[track_caller]
fn error(net: &Value) -> (String, Option<String>, Option<String>) {
    let findings = read(net).unwrap_err();
    let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
    assert_eq!(errors.len(), 1, "{findings}");
    let finding = errors[0];
    (finding.code.to_owned(), finding.key.as_ref().map(ToString::to_string), finding.field.clone())
}

#[test]
fn a_gas_net() {
    let imported = read(&net(true)).unwrap();
    let gas = &imported.twin.gas;
    assert_eq!((gas.n_nodes(), gas.n_links()), (2, 1));
    let nodes: Vec<_> = gas.nodes().map(|(_, node)| node).collect();
    assert_eq!(
        (nodes[0].key.as_str(), nodes[0].feed_pressure_bar, nodes[0].temperature_k),
        ("gas_junction/0", Some(1.0), 290.0)
    );
    // 0.04 kg/s at 0.8 kg/m³; the sink out of service draws nothing.
    assert!((nodes[1].demand_m3_h - 180.0).abs() < 1e-9 && nodes[1].customers == 1);
    let (_, pipe) = gas.links().next().unwrap();
    let expected = GasLinkKind::Pipe {
        length_m: 100.0,
        diameter_m: 0.1,
        roughness_mm: 0.1,
        loss_coefficient: 0.0,
        sections: 1,
        open: true,
    };
    assert_eq!((pipe.key.as_str(), &pipe.kind), ("gas_pipe/0", &expected));
    let operation = imported.twin.operation(twin::utility::Medium::Gas);
    assert_eq!(operation.fluid.viscosity, Property::Table { x: vec![280.0, 300.0], y: vec![1e-5, 2e-5] });
    assert!(imported.findings.iter().any(|finding| finding.code == "no-coordinates"));
    assert!(imported.tally.adds_up());
}

#[test]
fn a_heat_net_with_stations() {
    let mut net = net(false);
    net["heat_consumer"] = frame(
        &["from_junction", "to_junction", "qext_w", "controlled_mdot_kg_per_s", "deltat_k", "treturn_k", "in_service"],
        json!([[0, 1, 5000.0, null, null, 323.15, true]]),
    );
    net["circ_pump_pressure"] = frame(
        &["return_junction", "flow_junction", "p_flow_bar", "t_flow_k", "plift_bar", "type", "in_service"],
        json!([[1, 0, 6.0, 363.15, 2.0, "pt", true]]),
    );
    net["valve"] =
        frame(&["junction", "element", "et", "inner_diameter_mm", "opened"], json!([[0, 0, "pi", 50.0, false]]));
    let imported = read(&net).unwrap();
    let heat = &imported.twin.heat;
    let keys: Vec<&str> = heat.links().map(|(_, link)| link.key.as_str()).collect();
    assert_eq!(keys, ["heat_pipe/0", "heat_valve/0", "heat_circ_pump_pressure/0", "heat_consumer/0"]);
    let kinds: Vec<_> = heat.links().map(|(_, link)| &link.kind).collect();
    let HeatLinkKind::Pipe { loss_w_m_k, .. } = kinds[0] else { panic!("{:?}", kinds[0]) };
    assert!((loss_w_m_k - 2.0 * std::f64::consts::PI * 0.11).abs() < 1e-12);
    // The valve at the end of the pipe stands between the junction and a junction of its own.
    assert_eq!(heat.n_nodes(), 3);
    assert_eq!(heat.ends(twin::Id::new(0)).0.index(), 2);
    assert!(matches!(kinds[1], HeatLinkKind::Valve { open: false, .. }));
    assert!(matches!(kinds[2], HeatLinkKind::CirculationPump { supply_k: Some(363.15), lift_bar: Some(2.0), .. }));
    assert!(matches!(kinds[3], HeatLinkKind::Consumer { heat_w: Some(5000.0), mass_flow_kg_s: None, .. }));
}

#[test]
fn pumps_compressors_and_controllers() {
    let mut net = net(true);
    let curve = json!({ "_module": "numpy", "_class": "array", "_object": [-0.1, 0.0, 6.1] });
    let std_type = json!({ "name": "P1", "reg_par": curve });
    net["std_types"] = json!({ "pump": { "P1": property("PumpStdType", std_type) } });
    net["pump"] = frame(&["from_junction", "to_junction", "std_type", "in_service"], json!([[0, 1, "P1", true]]));
    net["compressor"] =
        frame(&["from_junction", "to_junction", "pressure_ratio", "in_service"], json!([[0, 1, 1.5, true]]));
    net["flow_control"] = frame(
        &["from_junction", "to_junction", "controlled_mdot_kg_per_s", "control_active", "in_service"],
        json!([[0, 1, 0.8, true, true]]),
    );
    net["press_control"] = frame(
        &["from_junction", "to_junction", "controlled_junction", "controlled_p_bar", "control_active", "in_service"],
        json!([[0, 1, 1, 0.5, true, false]]),
    );
    let imported = read(&net).unwrap();
    let kinds: Vec<_> = imported.twin.gas.links().map(|(_, link)| link.kind.clone()).collect();
    assert_eq!(kinds[1], GasLinkKind::Pump { curve: vec![-0.1, 0.0, 6.1], open: true });
    assert_eq!(kinds[2], GasLinkKind::Compressor { pressure_ratio: 1.5, open: true });
    let GasLinkKind::FlowControl { flow_m3_h, .. } = kinds[3] else { panic!("{:?}", kinds[3]) };
    assert!((flow_m3_h - 3600.0).abs() < 1e-9);
    let GasLinkKind::PressureControl { controlled_key, open, .. } = &kinds[4] else { panic!("{:?}", kinds[4]) };
    assert_eq!((controlled_key.as_ref().unwrap().as_str(), *open), ("gas_junction/1", false));
    net["pump"] = frame(&["from_junction", "to_junction", "std_type", "in_service"], json!([[0, 1, "P9", true]]));
    assert_eq!(error(&net).0, "unknown-std-type");
}

#[test]
fn what_is_wrong_is_told_with_its_element() {
    let mut wrong = net(true);
    wrong["sink"] = frame(&["junction", "mdot_kg_per_s"], json!([[7, 0.02]]));
    assert_eq!(error(&wrong), ("unknown-junction".into(), Some("gas_sink/0".into()), Some("junction".into())));
    let mut wrong = net(true);
    wrong["sink"] = frame(&["junction", "mdot_kg_per_s"], json!([[1, "much"]]));
    assert_eq!(error(&wrong), ("invalid-value".into(), Some("gas_sink/0".into()), Some("mdot_kg_per_s".into())));
    let mut wrong = net(true);
    wrong["pipe"] = frame(&["from_junction", "to_junction", "inner_diameter_mm"], json!([[0, 1, 100.0]]));
    assert_eq!(error(&wrong), ("column-missing".into(), None, Some("pipe.length_km".into())));
    let mut wrong = net(true);
    wrong["pipe"] =
        frame(&["from_junction", "to_junction", "length_km", "inner_diameter_mm"], json!([[0, 1, 0.1, 0.0]]));
    assert_eq!(error(&wrong), ("invalid-value".into(), Some("gas_pipe/0".into()), Some("inner_diameter_mm".into())));
    let mut wrong = net(true);
    wrong["fluid"] = Value::Null;
    assert_eq!(error(&wrong).0, "fluid-missing");
    let mut wrong = net(false);
    wrong["heat_consumer"] = frame(&["from_junction", "to_junction", "qext_w"], json!([[0, 1, 5.0]]));
    assert_eq!(error(&wrong), ("consumer-values".into(), Some("heat_consumer/0".into()), Some("qext_w".into())));
    let mut wrong = net(true);
    wrong["sink"] = json!({ "_class": "DataFrame", "_object": "{" });
    assert_eq!(error(&wrong).0, "table-unreadable");
    // All at once.
    let mut wrong = net(true);
    wrong["sink"] = frame(&["junction", "mdot_kg_per_s"], json!([[7, 0.02], [1, "much"], [8, 0.1]]));
    assert_eq!(read(&wrong).unwrap_err().count(Severity::Error), 3);
}

#[test]
fn unknown_elements_and_contradicting_feeds_are_warnings() {
    let mut odd = net(true);
    odd["teleporter"] = frame(&["from_junction", "to_junction"], json!([[0, 1]]));
    odd["ext_grid"] = frame(&["junction", "p_bar", "t_k", "type"], json!([[0, 1.0, 290.0, "p"], [0, 3.0, 290.0, "p"]]));
    let imported = read(&odd).unwrap();
    let of = |code: &str| imported.findings.iter().find(|finding| finding.code == code).unwrap().clone();
    assert_eq!(of("unknown-element").key.unwrap().as_str(), "teleporter/0");
    assert_eq!(of("pressures-contradict").key.unwrap().as_str(), "gas_junction/0");
    assert_eq!(imported.twin.gas.nodes().next().unwrap().1.feed_pressure_bar, Some(2.0));
}

#[test]
fn no_json_and_other_json() {
    let code = |text: &str| read_text(text, "x", &ImportOptions::default()).unwrap_err().0[0].code;
    assert_eq!(code("{\"_class\": \"pandapipesNet\", "), "not-json");
    assert_eq!(code("{\"type\": \"FeatureCollection\"}"), "not-pandapipes");
    assert_eq!(code("{\"_class\": \"pandapipesNet\", \"_object\": 3}"), "not-pandapipes");
    assert!(looks_like(&text(&net(true))) && !looks_like("{\"type\": \"FeatureCollection\"}"));
}

#[test]
fn coordinates_tell_their_system() {
    let placed = |points: [[f64; 2]; 2]| {
        let mut net = net(true);
        net["junction_geodata"] = frame(&["x", "y"], json!(points));
        read(&net).unwrap().twin
    };
    // Gauß-Krüger zone 3, then the same place in degrees either way round.
    let krueger = placed([[3_416_947.6, 5_369_956.6], [3_417_223.5, 5_369_825.3]]);
    assert_eq!(krueger.crs.epsg, 25832);
    for points in [[[7.875_98, 48.461_89], [7.879_74, 48.460_74]], [[48.461_89, 7.875_98], [48.460_74, 7.879_74]]] {
        let twin = placed(points);
        assert_eq!(twin.crs.epsg, 25832);
        for ((_, a), (_, b)) in twin.gas.nodes().zip(krueger.gas.nodes()) {
            let away_m = (a.position.x - b.position.x).hypot(a.position.y - b.position.y);
            assert!(away_m < 10.0, "{away_m}");
        }
    }
    assert_eq!(placed([[0.0, 0.0], [325.6, 224.9]]).crs.epsg, 0);
}

/// 0 K is what `create_pipe` writes where nothing is said.
#[test]
fn ground_of_no_temperature_is_that_of_the_surroundings() {
    let mut net = net(false);
    let columns =
        ["from_junction", "to_junction", "length_km", "inner_diameter_mm", "u_w_per_m2k", "text_k", "in_service"];
    let ground = |net: &Value| {
        let imported = read(net).unwrap();
        let told = imported.findings.iter().any(|finding| finding.code == "ground-temperature");
        let kinds: Vec<_> = imported.twin.heat.links().map(|(_, link)| link.kind.clone()).collect();
        let HeatLinkKind::Pipe { ground_k, open: true, .. } = kinds[0] else { panic!("{kinds:?}") };
        (ground_k, told)
    };
    net["pipe"] = frame(&columns, json!([[0, 1, 0.1, 100.0, 2.0, 0.0, true]]));
    assert_eq!(ground(&net), (None, true));
    net["pipe"] = frame(&columns, json!([[0, 1, 0.1, 100.0, 0.0, 0.0, true]]));
    assert_eq!(ground(&net), (None, false));
    net["pipe"] = frame(&columns, json!([[0, 1, 0.1, 100.0, 2.0, 280.0, true]]));
    assert_eq!(ground(&net), (Some(280.0), false));
}

#[test]
fn junctions_out_of_service_are_in_service_where_links_are() {
    let mut net = net(true);
    let junctions = |on: bool| json!([["a", 283.15, 0.0, true], ["b", 283.15, 0.0, on], ["c", 283.15, 0.0, false]]);
    net["junction"] = frame(&["name", "tfluid_k", "height_m", "in_service"], junctions(false));
    let imported = read(&net).unwrap();
    let in_service: Vec<bool> = imported.twin.gas.nodes().map(|(_, node)| node.in_service).collect();
    assert_eq!(in_service, [true, true, false]);
    let told = imported.findings.iter().find(|finding| finding.code == "junction-in-service").unwrap();
    assert_eq!(told.key.as_ref().unwrap().as_str(), "gas_junction/1");
    // With the pipe out of service too, it stays so.
    let columns = ["from_junction", "to_junction", "length_km", "inner_diameter_mm", "in_service"];
    net["pipe"] = frame(&columns, json!([[0, 1, 0.1, 100.0, false]]));
    let imported = read(&net).unwrap();
    assert!(!imported.twin.gas.nodes().nth(1).unwrap().1.in_service);
    assert!(imported.findings.iter().all(|finding| finding.code != "junction-in-service"));
}

#[test]
fn a_feed_of_another_temperature_is_told_where_junctions_differ() {
    let mut net = net(true);
    let told = |net: &Value| {
        let findings = read(net).unwrap().findings;
        findings.into_iter().find(|finding| finding.code == "feed-temperature").map(|finding| finding.message)
    };
    // The feed alone has another one: what leaves it has it, too.
    assert_eq!(told(&net), None);
    let junctions = json!([["a", 283.15, 0.0, true], ["b", 285.0, 0.0, true]]);
    net["junction"] = frame(&["name", "tfluid_k", "height_m", "in_service"], junctions);
    let message = told(&net).unwrap();
    assert!(message.starts_with("gas_junction/0: the feed has 290 K, its junction 283.15 K"), "{message}");
}
