//! The neutral per-unit models of the golden networks.

use std::{fs, path::PathBuf};

use twin_power::{
    complex::Complex,
    net::{Net, NodeKind, TwoPort},
};

struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<f64>>,
}

impl Table {
    fn read(path: &PathBuf) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let mut lines = text.lines();
        let columns = lines.next().unwrap().split(',').map(str::to_owned).collect();
        let rows = lines.map(|line| line.split(',').map(|cell| cell.parse().unwrap_or(f64::NAN)).collect()).collect();
        Self { columns, rows }
    }
    fn column(&self, name: &str) -> Vec<f64> {
        let at = self.columns.iter().position(|column| column == name).unwrap();
        self.rows.iter().map(|row| row[at]).collect()
    }
}

pub(crate) fn networks() -> Vec<PathBuf> {
    let Some(root) = std::env::var_os("STADTWIN_DATA") else {
        println!("STADTWIN_DATA is not set: golden networks are not checked");
        return Vec::new();
    };
    let mut folders: Vec<PathBuf> = fs::read_dir(PathBuf::from(root).join("power"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("ppc_bus.csv").exists())
        .collect();
    folders.sort();
    assert!(!folders.is_empty());
    folders
}

/// The network and its solved voltages.
pub(crate) fn read(folder: &PathBuf) -> (Net, Vec<Complex>) {
    let (bus, branch, generators) = (
        Table::read(&folder.join("ppc_bus.csv")),
        Table::read(&folder.join("ppc_branch.csv")),
        Table::read(&folder.join("ppc_gen.csv")),
    );
    let meta: serde_json::Value = serde_json::from_str(&fs::read_to_string(folder.join("meta.json")).unwrap()).unwrap();
    let base_mva = meta["base_mva"].as_f64().unwrap();
    let mut net = Net::new(base_mva);
    let [kind, pd, qd, gs, bs, vm, va] = ["type", "Pd", "Qd", "Gs", "Bs", "Vm", "Va"].map(|name| bus.column(name));
    let mut wanted = Vec::new();
    for i in 0..kind.len() {
        let solved = Complex::from_polar_deg(vm[i], va[i]);
        let (kind, set) = match kind[i] as i64 {
            3 => (NodeKind::Slack, solved),
            2 => (NodeKind::Pv, Complex::new(vm[i], 0.0)),
            _ => (NodeKind::Pq, Complex::ONE),
        };
        net.add_node(kind, set);
        net.demand[i] = Complex::new(pd[i], qd[i]).scale(1.0 / base_mva);
        net.shunt[i] = Complex::new(gs[i], bs[i]).scale(1.0 / base_mva);
        wanted.push(solved);
    }
    let columns = ["bus", "Pg", "Qg", "status"].map(|name| generators.column(name));
    for i in 0..columns[0].len() {
        let node = columns[0][i] as usize;
        if net.kind[node] != NodeKind::Slack && columns[3][i] > 0.0 {
            let q = if net.kind[node] == NodeKind::Pq { columns[2][i] } else { 0.0 };
            net.demand[node] -= Complex::new(columns[1][i], q).scale(1.0 / base_mva);
        }
    }
    let columns = ["fbus", "tbus", "r", "x", "b", "ratio", "angle", "status", "g"].map(|name| branch.column(name));
    for i in 0..columns[0].len() {
        let at = |k: usize| columns[k][i];
        if at(7) > 0.0 {
            let ratio = if at(5) == 0.0 { 1.0 } else { at(5) };
            net.branches.push(TwoPort::pi(
                at(0) as u32,
                at(1) as u32,
                Complex::new(at(2), at(3)),
                Complex::new(at(8), at(4)),
                Complex::from_polar_deg(ratio, at(6)),
            ));
        }
    }
    (net, wanted)
}
