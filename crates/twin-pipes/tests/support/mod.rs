//! EPANET's networks and results, for tests of the law alone. The reader is that of `twin-io`, which this crate may not
//! use: it is compiled in.

#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test uses its part, and may end there"
)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use twin::water::{FOOT_M, PressureUnits};
use twin_pipes::water::Net;

#[path = "../../../twin-io/src/inp/mod.rs"]
pub mod inp;

/// The folder of real data, or nothing (then the test says that it is skipped).
pub fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("STADTWIN_DATA")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")), PathBuf::from)
        .join("water");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: STADTWIN_DATA is absent, {} is no folder", folder.display());
    None
}

/// Folders with a network, those of the regression cases too.
pub fn networks(data: &Path) -> Vec<PathBuf> {
    let below = |folder: &Path| -> Vec<PathBuf> {
        let mut folders: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        folders.sort();
        folders.retain(|folder| folder.join("meta.json").is_file());
        folders
    };
    let mut all = below(data);
    all.extend(below(&data.join("regression")));
    all
}

/// Name of a folder.
pub fn name(folder: &Path) -> String {
    folder.file_name().unwrap().to_string_lossy().into_owned()
}

/// A network with its model.
pub struct Case {
    pub model: inp::Model,
    pub net: Net,
    pub node: BTreeMap<String, usize>,
    pub link: BTreeMap<String, usize>,
    pub meta: serde_json::Value,
}

/// Reads a network of a folder.
pub fn case(folder: &Path) -> Case {
    let text = inp::decoded(&fs::read(folder.join(format!("{}.inp", name(folder)))).unwrap());
    let (model, _) = inp::parse(&text, &name(folder)).unwrap_or_else(|findings| panic!("{}: {findings}", name(folder)));
    let (net, findings) = Net::new(&model.network, &model.operation);
    assert!(findings.0.is_empty(), "{}: {findings}", name(folder));
    let id = |key: &twin::Key| key.as_str().split_once('/').unwrap().1.to_owned();
    Case {
        node: model.network.nodes().map(|(at, node)| (id(&node.key), at.index())).collect(),
        link: model.network.links().map(|(at, link)| (id(&link.key), at.index())).collect(),
        meta: serde_json::from_str(&fs::read_to_string(folder.join("meta.json")).unwrap()).unwrap(),
        model,
        net,
    }
}

impl Case {
    /// Metres in a unit of head.
    pub fn head_m(&self) -> f64 {
        self.net.settings().flow_units.length_m()
    }
    /// m³/s in a unit of flow.
    pub fn flow_m3_s(&self) -> f64 {
        self.net.settings().flow_units.m3_s()
    }
    /// The pressure of the references, 20 m or 28.4 psi, in metres.
    pub fn threshold_m(&self) -> f64 {
        if self.net.settings().flow_units.is_us() {
            28.4 * PressureUnits::Psi.m(self.net.settings().specific_gravity)
        } else {
            20.0
        }
    }
}

/// Rows of a CSV file by column name.
pub fn table(path: &Path) -> Option<Vec<BTreeMap<String, String>>> {
    let text = fs::read_to_string(path).ok()?;
    let mut lines = text.lines();
    let heads: Vec<&str> = lines.next()?.split(',').collect();
    Some(
        lines
            .map(|line| heads.iter().map(|head| (*head).to_owned()).zip(line.split(',').map(str::to_owned)).collect())
            .collect(),
    )
}

/// A column that has one value per row.
pub fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: {}", row[column]))
}

/// Metres in a foot, for messages.
pub const FOOT: f64 = FOOT_M;
