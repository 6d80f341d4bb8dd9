//! Small networks by hand.

use serde_json::{Value, json};
use twin::{Crs, Severity, utility::PowerUnitKind};

use super::*;

fn frame(columns: &[&str], index: &[i64], data: Value) -> Value {
    let object = json!({ "columns": columns, "index": index, "data": data }).to_string();
    json!({ "_module": "pandas.core.frame", "_class": "DataFrame", "_object": object, "orient": "split" })
}

fn network(tables: &[(&str, Value)]) -> String {
    let mut object = serde_json::Map::new();
    object.insert("name".to_owned(), json!("hand"));
    object.insert("f_hz".to_owned(), json!(50.0));
    for (name, value) in tables {
        object.insert((*name).to_owned(), value.clone());
    }
    json!({ "_module": "pandapower.auxiliary", "_class": "pandapowerNet", "_object": object }).to_string()
}

fn small() -> Vec<(&'static str, Value)> {
    vec![
        ("bus", frame(&["name", "vn_kv", "in_service"], &[5, 9], json!([["A", 20.0, true], ["B", 20.0, true]]))),
        ("ext_grid", frame(&["bus", "vm_pu"], &[0], json!([[5, 1.02]]))),
        (
            "line",
            frame(
                &["from_bus", "to_bus", "length_km", "r_ohm_per_km", "x_ohm_per_km", "c_nf_per_km", "max_i_ka"],
                &[3],
                json!([[5, 9, 2.0, 0.16, 0.12, 270.0, 0.3]]),
            ),
        ),
        ("load", frame(&["bus", "p_mw", "q_mvar", "const_z_percent"], &[7], json!([[9, 1.0, 0.2, 50.0]]))),
        ("switch", frame(&["bus", "element", "et", "closed"], &[4], json!([[9, 3, "l", false]]))),
    ]
}

fn read_text(text: &str) -> Result<Imported, Findings> {
    read(Path::new("hand.json"), text.as_bytes(), text, &ImportOptions::default())
}

#[test]
fn keys_and_defaults_of_older_versions() {
    let twin = read_text(&network(&small())).unwrap().twin;
    assert_eq!((twin.name.as_str(), &twin.crs), ("hand", &Crs::NOWHERE));
    let keys: Vec<&str> = twin.power.nodes().map(|(_, bus)| bus.key.as_str()).collect();
    assert_eq!(keys, ["power_bus/5", "power_bus/9"]);
    let (_, line) = twin.power.links().next().unwrap();
    assert_eq!(line.key.as_str(), "power_line/3");
    assert!(matches!(line.kind, twin::utility::PowerBranchKind::Line { parallel: 1, in_service: true, .. }));
    let switch = &twin.power_end_switches.rows()[0];
    assert_eq!((switch.key.as_str(), switch.end.name(), switch.closed), ("power_switch/4", "to", false));
    let load = &twin.power_units.rows()[0];
    assert!(matches!(load.kind, PowerUnitKind::Load { const_z_p_percent, const_z_q_percent, scaling, .. }
            if const_z_p_percent == 50.0 && const_z_q_percent == 50.0 && scaling == 1.0));
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let mut tables = small();
    tables[0].1 = frame(&["vn_kv", "in_service"], &[5, 9], json!([["high", true], [-1.0, true]]));
    tables[2].1 = frame(&["from_bus", "to_bus", "length_km"], &[3], json!([[5, 77, 1.0]]));
    let findings = read_text(&network(&tables)).unwrap_err();
    let codes: Vec<&str> = findings.iter().map(|finding| finding.code).collect();
    for code in ["invalid-value", "impossible-value", "unknown-bus", "missing-value", "unknown-element"] {
        assert!(codes.contains(&code), "{code} in {codes:?}");
    }
    let unknown = findings.iter().find(|finding| finding.code == "unknown-bus").unwrap();
    assert_eq!(unknown.key.as_ref().unwrap().as_str(), "power_line/3");
    assert_eq!((unknown.field.as_deref(), unknown.file.as_deref()), (Some("to_bus"), Some("hand.json")));
    assert!(unknown.message.contains("77"));
}

#[test]
fn broken_files_are_told_and_never_panic() {
    let whole = network(&small());
    for cut in (0..whole.len()).step_by(37).filter(|cut| whole.is_char_boundary(*cut)) {
        assert!(read_text(&whole[..cut]).is_err());
    }
    for text in
        ["", "{}", "[]", "null", "{\"_object\": 3}", "{\"bus\": {\"_class\": \"DataFrame\", \"_object\": \"x\"}}"]
    {
        let findings = read_text(text).unwrap_err();
        assert!(findings.has_errors(), "{text}");
    }
}

#[test]
fn elements_that_are_not_computed_are_told() {
    let mut tables = small();
    tables.push(("svc", frame(&["bus", "in_service"], &[0], json!([[5, true]]))));
    let imported = read_text(&network(&tables)).unwrap();
    let told = imported.findings.iter().find(|finding| finding.code == "power-element-not-computed").unwrap();
    assert_eq!((told.severity, told.field.as_deref()), (Severity::Warning, Some("svc")));
    assert!(imported.tally.adds_up());
}
