//! Gas and heat networks with something wrong in them: whatever a value becomes, a file is refused with a finding, or its state has a
//! status and finite numbers, and what is not solved is told. Nothing panics or runs on.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may end there, and says what it tried")]

mod support;

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::{Value, json};
use support::{Dice, odd};
use twin::{Silent, outcome::Status, utility::Medium};
use twin_io::{ImportOptions, import};
use twin_pipes::{
    gas::{Gas, GasOptions},
    heat::{Heat, HeatOptions},
};

/// Changes of one network.
const N_CHANGES: u64 = 400;

fn frame(columns: &[&str], rows: Value) -> Value {
    let index: Vec<usize> = (0..rows.as_array().unwrap().len()).collect();
    let inside = json!({ "columns": columns, "index": index, "data": rows });
    json!({ "_module": "pandas.core.frame", "_class": "DataFrame", "_object": inside.to_string(), "orient": "split" })
}

fn object(class: &str, inside: &Value) -> Value {
    json!({ "_module": "pandapipes.properties.fluids", "_class": class, "_object": inside.to_string() })
}

fn fluid(is_gas: bool) -> Value {
    let constant = |value: f64| object("FluidPropertyConstant", &json!({ "value": value }));
    let x = [273.15, 293.15, 333.15, 373.15];
    let (density, viscosity) = if is_gas {
        (constant(0.8), constant(1.1e-5))
    } else {
        (
            object("FluidPropertyInterExtra", &json!({ "x": x, "y": [999.8, 998.2, 983.2, 958.4] })),
            object("FluidPropertyInterExtra", &json!({ "x": x, "y": [1.79e-3, 1.0e-3, 4.7e-4, 2.8e-4] })),
        )
    };
    let inside = json!({
        "name": "test", "fluid_type": if is_gas { "gas" } else { "liquid" }, "is_gas": is_gas,
        "all_properties": {
            "density": density,
            "viscosity": viscosity,
            "heat_capacity": constant(4190.0),
            "compressibility": object("FluidPropertyLinear", &json!({ "slope": -0.0022, "offset": 1.0 })),
        }
    });
    object("Fluid", &inside)
}

const PIPE: [&str; 11] = [
    "from_junction",
    "to_junction",
    "length_km",
    "inner_diameter_mm",
    "outer_diameter_mm",
    "k_mm",
    "loss_coefficient",
    "u_w_per_m2k",
    "text_k",
    "sections",
    "in_service",
];

fn std_types() -> Value {
    let curve = json!({ "_module": "numpy", "_class": "array", "_object": [-0.01, 0.0, 1.5] });
    json!({ "pump": { "P1": object("PumpStdType", &json!({ "name": "P1", "reg_par": curve })) } })
}

/// A ring of six junctions with a valve in it, and behind it a pump, a compressor, a regulator and a flow controller.
fn gas_net() -> Value {
    let junctions: Vec<Value> = (0..10).map(|n| json!([format!("j{n}"), 283.15, f64::from(n), true])).collect();
    let pipe =
        |from: u32, to: u32, sections: u32| json!([from, to, 0.2, 100.0, 110.0, 0.1, 0.5, 0.0, null, sections, true]);
    json!({
        "fluid": fluid(true),
        "user_pf_options": { "friction_model": "nikuradse" },
        "std_types": std_types(),
        "junction": frame(&["name", "tfluid_k", "height_m", "in_service"], Value::from(junctions)),
        "pipe": frame(&PIPE, json!([pipe(0, 1, 1), pipe(1, 2, 3), pipe(2, 3, 1), pipe(4, 5, 1), pipe(5, 0, 1)])),
        "valve": frame(
            &["junction", "element", "et", "inner_diameter_mm", "opened", "loss_coefficient"],
            json!([[3, 4, "ju", 100.0, true, 0.2], [5, 4, "pi", 80.0, true, 0.0]])
        ),
        "pump": frame(&["from_junction", "to_junction", "std_type", "in_service"], json!([[1, 6, "P1", true]])),
        "compressor": frame(&["from_junction", "to_junction", "pressure_ratio", "in_service"], json!([[2, 7, 1.3, true]])),
        "press_control": frame(
            &["from_junction", "to_junction", "controlled_junction", "controlled_p_bar", "control_active", "loss_coefficient", "in_service"],
            json!([[3, 8, 8, 0.8, true, 0.0, true]])
        ),
        "flow_control": frame(
            &["from_junction", "to_junction", "controlled_mdot_kg_per_s", "control_active", "in_service"],
            json!([[5, 9, 0.004, false, true]])
        ),
        "ext_grid": frame(&["junction", "p_bar", "t_k", "type", "in_service"], json!([[0, 1.5, 288.15, "pt", true]])),
        "sink": frame(
            &["junction", "mdot_kg_per_s", "scaling", "in_service"],
            json!([[2, 0.01, 1.0, true], [4, 0.02, 0.5, true], [6, 0.004, 1.0, true], [7, 0.004, 1.0, true], [8, 0.003, 1.0, true], [9, 0.004, 1.0, true]])
        ),
        "source": frame(&["junction", "mdot_kg_per_s", "scaling", "in_service"], json!([[5, 0.003, 1.0, true]])),
    })
}

/// A plant, three trenches drawn twice with a ring in them, and stations of every kind.
fn heat_net() -> Value {
    let junctions: Vec<Value> = (0..9).map(|n| json!([format!("j{n}"), 333.15, 1.0, true])).collect();
    let pipe =
        |from: u32, to: u32, sections: u32| json!([from, to, 0.1, 100.0, 160.0, 0.1, 0.5, 2.0, 283.15, sections, true]);
    json!({
        "fluid": fluid(false),
        "user_pf_options": { "friction_model": "colebrook", "ambient_temperature": 283.15 },
        "std_types": std_types(),
        "junction": frame(&["name", "tfluid_k", "height_m", "in_service"], Value::from(junctions)),
        "pipe": frame(
            &PIPE,
            json!([pipe(0, 1, 2), pipe(1, 2, 1), pipe(0, 3, 1), pipe(3, 2, 1), pipe(5, 4, 1), pipe(6, 5, 1), pipe(7, 4, 1), pipe(6, 7, 1)])
        ),
        "circ_pump_pressure": frame(
            &["return_junction", "flow_junction", "p_flow_bar", "t_flow_k", "plift_bar", "type", "in_service"],
            json!([[4, 0, 6.0, 353.15, 2.0, "pt", true]])
        ),
        "heat_consumer": frame(
            &["from_junction", "to_junction", "qext_w", "controlled_mdot_kg_per_s", "deltat_k", "treturn_k", "in_service"],
            json!([
                [1, 5, 20000.0, null, null, 323.15, true], [2, 6, 20000.0, null, 25.0, null, true],
                [3, 7, 20000.0, 0.2, null, null, true], [2, 6, null, 0.1, null, 318.15, true], [1, 5, null, 0.1, 20.0, null, true]
            ])
        ),
        "flow_control": frame(
            &["from_junction", "to_junction", "controlled_mdot_kg_per_s", "control_active", "in_service"],
            json!([[3, 8, 0.15, true, true]])
        ),
        "heat_exchanger": frame(
            &["from_junction", "to_junction", "qext_w", "inner_diameter_mm", "loss_coefficient", "in_service"],
            json!([[8, 7, 10000.0, 60.0, 1.0, true]])
        ),
        "sink": frame(&["junction", "mdot_kg_per_s", "scaling", "in_service"], json!([[6, 0.0, 1.0, true]])),
    })
}

/// What becomes of a network in the twin's hands: refused, solved, or not solved with a word.
fn tried(path: &Path, what: &str) -> &'static str {
    let imported = match import(&[path.to_owned()], &ImportOptions::default(), &Silent) {
        Err(findings) => {
            assert!(findings.has_errors(), "{what}: refused without an error");
            return "refused";
        }
        Ok(imported) => imported,
    };
    assert!(imported.tally.adds_up(), "{what}");
    let twin = &imported.twin;
    let (status, findings) = if twin.gas.is_empty() {
        let heat = Heat::new(&twin.heat, &twin.operation(Medium::Heat));
        let state = heat.solve(&[], &HeatOptions::default());
        let columns = state.pressure_bar.iter().chain(&state.temperature_k).chain(&state.outlet_k).flatten();
        let columns = columns.chain(&state.mass_flow_kg_s).chain(&state.heat_w).chain(&state.heat_loss_w);
        assert!(columns.into_iter().all(|value| value.is_finite()), "{what}: {state:?}");
        let totals = state.totals;
        assert!((totals.produced_w + totals.consumed_w + totals.lost_w).is_finite(), "{what}: {totals:?}");
        (state.status, heat.explain(&twin.heat, &state))
    } else {
        let gas = Gas::new(&twin.gas, &twin.operation(Medium::Gas));
        let state = gas.solve(&[], &GasOptions::default());
        let columns = state.pressure_bar.iter().flatten().chain(&state.mass_flow_kg_s).chain(&state.velocity_m_s);
        assert!(columns.chain(&state.feed_kg_s).all(|value| value.is_finite()), "{what}: {state:?}");
        (state.status, gas.explain(&twin.gas, &state))
    };
    assert!(status.residual().is_finite(), "{what}: {status:?}");
    if matches!(status, Status::Converged { .. }) {
        return "solved";
    }
    assert!(findings.iter().any(|finding| finding.code.ends_with("-not-converged")), "{what}: {status:?} {findings}");
    "not solved"
}

/// One to three changes of cells, rows, columns, labels, tables, the fluid or the standard types of a network.
fn changed(net: &Value, dice: &mut Dice) -> (String, Value) {
    let mut net = net.clone();
    let mut what = Vec::new();
    for _ in 0..=dice.below(3) {
        let object = net.as_object_mut().unwrap();
        let names: Vec<String> = object.keys().cloned().collect();
        let name = names[dice.below(names.len())].clone();
        let text = object[&name].get("_object").and_then(Value::as_str).unwrap_or("");
        let Ok(mut inside) = serde_json::from_str::<Value>(text) else {
            object[&name] = odd(dice, &Value::Null);
            what.push(format!("{name}: {}", object[&name]));
            continue;
        };
        let n = |part: &Value| part.as_array().map_or(0, Vec::len);
        let (n_rows, n_columns) = (n(&inside["data"]), n(&inside["columns"]));
        if n_rows == 0 || n_columns == 0 || inside["data"].as_array().unwrap().iter().any(|row| n(row) != n_columns) {
            // The fluid: one of its properties, or all.
            match (inside.get_mut("all_properties").and_then(Value::as_object_mut), dice.below(4)) {
                (Some(properties), 0..3) => {
                    let names: Vec<String> = properties.keys().cloned().collect();
                    let property = &names[dice.below(names.len())];
                    let old = properties[property].clone();
                    properties[property] = match dice.below(3) {
                        0 => odd(dice, &Value::Null),
                        1 => json!({"_class": "FluidPropertyConstant", "_object": {"value": odd(dice, &Value::Null)}}),
                        _ => json!({"_class": old["_class"], "_object": odd(dice, &Value::Null)}),
                    };
                    what.push(format!("fluid {property}: {}", properties[property]));
                }
                _ => inside = odd(dice, &Value::Null),
            }
            object[&name]["_object"] = Value::from(inside.to_string());
            continue;
        }
        let (row, column, which) = (dice.below(n_rows), dice.below(n_columns), dice.below(24));
        let title = inside["columns"][column].clone();
        match which {
            0 => inside["columns"][column] = Value::from("other"),
            1 => inside["index"][row] = inside["index"][dice.below(n_rows)].clone(),
            2 => inside["index"][row] = odd(dice, &Value::Null),
            3 => inside["data"][row] = odd(dice, &Value::Null),
            4 => {
                inside["data"].as_array_mut().unwrap().remove(row);
            }
            5 => inside["data"] = odd(dice, &Value::Null),
            6..8 => {
                for row in 0..n_rows {
                    inside["data"][row][column] = odd(&mut Dice(which as u64), &inside["data"][row][column]);
                }
            }
            _ => inside["data"][row][column] = odd(dice, &inside["data"][row][column]),
        }
        what.push(format!("{name} row {row} column {title} way {which}: {}", inside["data"][row]));
        let mut text = inside.to_string();
        if which == 8 {
            text.truncate(dice.below(text.len()));
        }
        object[&name]["_object"] = Value::from(text);
        if which == 9 {
            object[&name] = odd(dice, &Value::Null);
        }
    }
    (what.join("; "), net)
}

fn file(net: &Value) -> String {
    json!({ "_module": "pandapipes.pandapipes_net", "_class": "pandapipesNet", "_object": net }).to_string()
}

fn try_changes(name: &str, net: &Value) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.json");
    fs::write(&path, file(net)).unwrap();
    assert_eq!(tried(&path, name), "solved");
    let mut ends = BTreeMap::new();
    for number in 0..N_CHANGES {
        let (what, changed) = changed(net, &mut Dice(number.wrapping_mul(7919) + 1));
        fs::write(&path, file(&changed)).unwrap();
        *ends.entry(tried(&path, &format!("{name} {number}: {what}"))).or_insert(0) += 1;
    }
    println!("{name}: {ends:?}");
    // Both ways of ending are tried.
    assert!(ends["refused"] > 50 && ends["solved"] > 50, "{name}: {ends:?}");
    // A file that ends somewhere.
    let whole = file(net);
    for number in 0..100 {
        let at = Dice(number).below(whole.len() - 1);
        fs::write(&path, &whole[..at]).unwrap();
        assert_eq!(tried(&path, &format!("{name} cut at {at}")), "refused");
    }
}

#[test]
fn gas_networks_with_wrong_values_are_told_or_solved() {
    try_changes("gas", &gas_net());
}

#[test]
fn heat_networks_with_wrong_values_are_told_or_solved() {
    try_changes("heat", &heat_net());
}

/// What people write into tables, one by one.
#[test]
fn what_is_odd_in_one_place_is_told_or_solved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.json");
    let pipe = |length_km: Value, diameter_mm: Value| {
        json!([[0, 1, length_km, diameter_mm, null, 0.1, 0.0, 0.0, null, 1, true]])
    };
    let small = |rows: Value| {
        let mut net = gas_net();
        for table in ["valve", "pump", "compressor", "press_control", "flow_control", "source"] {
            net.as_object_mut().unwrap().remove(table);
        }
        net["pipe"] = frame(&PIPE, rows);
        net["sink"] = frame(&["junction", "mdot_kg_per_s"], json!([[1, 0.001]]));
        net
    };
    let case = |what: &str, net: &Value, expected: &str| {
        fs::write(&path, file(net)).unwrap();
        assert_eq!(tried(&path, what), expected, "{what}");
    };
    case("plain", &small(pipe(json!(0.1), json!(100.0))), "solved");
    case("1e6 m", &small(pipe(json!(1000.0), json!(300.0))), "solved");
    case("no length", &small(pipe(json!(0.0), json!(100.0))), "solved");
    case("negative length", &small(pipe(json!(-0.1), json!(100.0))), "refused");
    case("negative diameter", &small(pipe(json!(0.1), json!(-100.0))), "refused");
    case("no diameter", &small(pipe(json!(0.1), json!(null))), "refused");
    case("thin as a hair", &small(pipe(json!(1.0), json!(0.2))), "not solved");
    // Equal names are fine, equal numbers are not.
    let mut twice = small(pipe(json!(0.1), json!(100.0)));
    let rows = json!([["a", 283.15, 0.0, true], ["a", 283.15, 0.0, true]]);
    twice["junction"] = frame(&["name", "tfluid_k", "height_m", "in_service"], rows.clone());
    case("equal names", &twice, "solved");
    let inside = json!({ "columns": ["name", "tfluid_k", "height_m", "in_service"], "index": [0, 0], "data": rows });
    twice["junction"] = json!({ "_class": "DataFrame", "_object": inside.to_string(), "orient": "split" });
    case("equal numbers", &twice, "refused");
    let mut none = small(pipe(json!(0.1), json!(100.0)));
    none["fluid"] = Value::Null;
    case("no fluid", &none, "refused");
    let mut none = gas_net();
    none["std_types"] = json!({});
    case("no standard types", &none, "refused");
    let mut idle = gas_net();
    idle["sink"] = frame(&["junction", "mdot_kg_per_s"], json!([[2, 0.0]]));
    case("nothing drawn", &idle, "solved");
    let mut off = gas_net();
    off["pump"] = frame(&["from_junction", "to_junction", "std_type", "in_service"], json!([[1, 6, "P1", false]]));
    case("pump off", &off, "solved");
    let mut dry = gas_net();
    dry["ext_grid"] =
        frame(&["junction", "p_bar", "t_k", "type", "in_service"], json!([[0, 1.5, 288.15, "pt", false]]));
    case("no feed", &dry, "solved");
}
