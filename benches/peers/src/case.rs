//! A power network as pandapower hands it to its solver: MATPOWER's tables of buses, branches and generators, per unit, with the solved
//! voltages. `ppc_bus.csv`, `ppc_branch.csv`, `ppc_gen.csv` and the base in `meta.json`, all in one folder.
//!
//! gridoxide reads MATPOWER's `.m` but nothing of pandapower's; rustpower reads no `.m`, and of pandapower basic elements, in an arrangement of
//! its own. So both are given the same admittances and injections, and solve the same equations.

use std::{collections::HashMap, fs, path::Path};

use num_complex::Complex64;

/// What a bus holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Voltage and angle.
    Slack,
    /// Active power and voltage.
    Pv,
    /// Active and reactive power.
    Pq,
}

/// A branch: series impedance, total admittance to earth, ratio on the from side.
#[derive(Clone, Copy, Debug)]
pub struct Branch {
    /// Bus at its start.
    pub from: usize,
    /// Bus at its end.
    pub to: usize,
    /// Series impedance, per unit.
    pub impedance: Complex64,
    /// Admittance to earth of both halves, per unit.
    pub shunt: Complex64,
    /// Complex ratio, 1 for a line.
    pub ratio: Complex64,
}

/// A network of buses and branches, per unit.
#[derive(Clone, Debug)]
pub struct Case {
    /// What each bus holds.
    pub kind: Vec<Kind>,
    /// Power drawn at each bus by loads, per unit.
    pub demand: Vec<Complex64>,
    /// Power that generators feed into each bus, per unit; what a bus solves for is zero.
    pub generation: Vec<Complex64>,
    /// Admittance to earth at each bus, per unit.
    pub shunt: Vec<Complex64>,
    /// Branches in service.
    pub branches: Vec<Branch>,
    /// Voltages as the reference solved them, per unit.
    pub solved: Vec<Complex64>,
}

/// A table with named columns of numbers.
struct Table {
    names: Vec<String>,
    rows: Vec<Vec<f64>>,
}

impl Table {
    fn read(file: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let mut lines = text.lines();
        let names: Vec<String> =
            lines.next().unwrap_or_default().split(',').map(|name| name.trim().to_owned()).collect();
        let mut rows = Vec::new();
        for (row, line) in lines.enumerate() {
            let cells: Result<Vec<f64>, _> = line.split(',').map(|cell| cell.trim().parse::<f64>()).collect();
            let cells = cells.map_err(|error| format!("{}, line {}: {error}", file.display(), row + 2))?;
            if cells.len() != names.len() {
                return Err(format!(
                    "{}, line {}: {} cells, not {}",
                    file.display(),
                    row + 2,
                    cells.len(),
                    names.len()
                ));
            }
            rows.push(cells);
        }
        Ok(Self { names, rows })
    }

    /// The cells of some columns, row by row.
    fn columns<const N: usize>(&self, wanted: [&str; N]) -> Result<Vec<[f64; N]>, String> {
        let mut at = [0; N];
        for (slot, name) in at.iter_mut().zip(wanted) {
            *slot = self.names.iter().position(|known| known == name).ok_or_else(|| format!("no column {name}"))?;
        }
        Ok(self.rows.iter().map(|row| at.map(|column| row[column])).collect())
    }
}

/// The number behind a key of a flat JSON object.
fn number(text: &str, key: &str) -> Option<f64> {
    let after = text.split_once(&format!("\"{key}\""))?.1.split_once(':')?.1;
    after.split([',', '}', '\n']).next()?.trim().parse().ok()
}

impl Case {
    /// Reads the tables of a folder.
    ///
    /// # Errors
    /// What is missing there, or is no number.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let table = |name: &str| Table::read(&folder.join(name));
        let meta = fs::read_to_string(folder.join("meta.json")).map_err(|error| format!("meta.json: {error}"))?;
        let base_mva = number(&meta, "base_mva").filter(|base| *base > 0.0).ok_or("meta.json has no base_mva")?;
        let buses = table("ppc_bus.csv")?.columns(["type", "Pd", "Qd", "Gs", "Bs", "Vm", "Va"])?;
        let n = buses.len();
        let mut case = Self {
            kind: Vec::with_capacity(n),
            demand: Vec::with_capacity(n),
            generation: vec![Complex64::ZERO; n],
            shunt: Vec::with_capacity(n),
            branches: Vec::new(),
            solved: Vec::with_capacity(n),
        };
        for [kind, pd, qd, gs, bs, vm, va] in buses {
            case.kind.push(match kind as i64 {
                3 => Kind::Slack,
                2 => Kind::Pv,
                _ => Kind::Pq,
            });
            case.demand.push(Complex64::new(pd, qd) / base_mva);
            case.shunt.push(Complex64::new(gs, bs) / base_mva);
            case.solved.push(Complex64::from_polar(vm, va.to_radians()));
        }
        let bus = |value: f64| {
            let known = value >= 0.0 && value < n as f64;
            if known { Ok(value as usize) } else { Err(format!("there is no bus {value}")) }
        };
        for [at, pg, qg, status] in table("ppc_gen.csv")?.columns(["bus", "Pg", "Qg", "status"])? {
            let at = bus(at)?;
            if status > 0.0 && case.kind[at] != Kind::Slack {
                let q = if case.kind[at] == Kind::Pq { qg } else { 0.0 };
                case.generation[at] += Complex64::new(pg, q) / base_mva;
            }
        }
        let columns = ["fbus", "tbus", "r", "x", "b", "ratio", "angle", "status", "g"];
        for [from, to, r, x, b, ratio, angle, status, g] in table("ppc_branch.csv")?.columns(columns)? {
            if status > 0.0 {
                case.branches.push(Branch {
                    from: bus(from)?,
                    to: bus(to)?,
                    impedance: Complex64::new(r, x),
                    shunt: Complex64::new(g, b),
                    ratio: Complex64::from_polar(if ratio == 0.0 { 1.0 } else { ratio }, angle.to_radians()),
                });
            }
        }
        Ok(case)
    }

    /// Power fed into each bus, per unit, with its demand scaled by a factor for each.
    pub fn injection(&self, factor: impl Fn(usize) -> f64) -> Vec<Complex64> {
        (0..self.kind.len()).map(|bus| self.generation[bus] - self.demand[bus] * factor(bus)).collect()
    }

    /// Voltages before the first iteration: what is held, else 1; angles from the next slack bus through the shifts of the transformers.
    pub fn start(&self) -> Vec<Complex64> {
        let mut beside: Vec<Vec<(usize, f64)>> = vec![Vec::new(); self.kind.len()];
        for branch in &self.branches {
            beside[branch.from].push((branch.to, -branch.ratio.arg()));
            beside[branch.to].push((branch.from, branch.ratio.arg()));
        }
        let slacks = (0..self.kind.len()).filter(|&bus| self.kind[bus] == Kind::Slack);
        let mut angle: HashMap<usize, f64> = slacks.map(|bus| (bus, self.solved[bus].arg())).collect();
        let mut open: Vec<usize> = (0..self.kind.len()).filter(|bus| angle.contains_key(bus)).collect();
        let mut next = 0;
        while let Some(&bus) = open.get(next) {
            next += 1;
            for &(other, turn) in &beside[bus] {
                if !angle.contains_key(&other) {
                    angle.insert(other, angle[&bus] + turn);
                    open.push(other);
                }
            }
        }
        (0..self.kind.len())
            .map(|bus| {
                let held = if self.kind[bus] == Kind::Pq { 1.0 } else { self.solved[bus].norm() };
                Complex64::from_polar(held, angle.get(&bus).copied().unwrap_or(0.0))
            })
            .collect()
    }

    /// The admittance matrix in rows: where each starts, columns, values.
    pub fn admittances(&self) -> (Vec<usize>, Vec<usize>, Vec<Complex64>) {
        let mut rows: Vec<std::collections::BTreeMap<usize, Complex64>> = vec![Default::default(); self.kind.len()];
        let mut add = |row: usize, column: usize, value: Complex64| *rows[row].entry(column).or_default() += value;
        for (bus, shunt) in self.shunt.iter().enumerate() {
            add(bus, bus, *shunt);
        }
        for branch in &self.branches {
            let series = branch.impedance.inv();
            let own = series + branch.shunt * 0.5;
            add(branch.from, branch.from, own / branch.ratio.norm_sqr());
            add(branch.from, branch.to, -series / branch.ratio.conj());
            add(branch.to, branch.from, -series / branch.ratio);
            add(branch.to, branch.to, own);
        }
        let (mut starts, mut columns, mut values) = (vec![0], Vec::new(), Vec::new());
        for row in rows {
            columns.extend(row.keys());
            values.extend(row.values());
            starts.push(columns.len());
        }
        (starts, columns, values)
    }

    /// Greatest distance of voltages from those of the reference, per unit.
    pub fn apart(&self, voltage: &[Complex64]) -> f64 {
        self.solved.iter().zip(voltage).map(|(a, b)| (a - b).norm()).fold(0.0, f64::max)
    }
}

/// A factor on demand for a scenario and bus, the same in every run and as in Stadtwin's own bench.
pub fn factor(scenario: usize, bus: usize, low: f64, high: f64) -> f64 {
    let mut x =
        (scenario as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (bus as u64).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x ^= x >> 29;
    x = x.wrapping_mul(0x94D0_49BB_1331_11EB);
    low + (high - low) * ((x >> 11) as f64 / (1u64 << 53) as f64)
}

/// What a program is asked: folder of the network, number of scenarios, range of the factors.
pub struct Task {
    /// The network.
    pub case: Case,
    /// How many scenarios.
    pub n_scenarios: usize,
    /// Least factor on demand.
    pub low: f64,
    /// Greatest factor on demand.
    pub high: f64,
}

impl Task {
    /// Reads the arguments of a program and the network that they name.
    ///
    /// # Errors
    /// How the program is called, or what is wrong with the network.
    pub fn of(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let arguments: Vec<String> = arguments.skip(1).collect();
        let [folder, n, low, high] = &arguments[..] else {
            return Err("usage: FOLDER SCENARIOS LOW HIGH (folder of ppc_bus.csv, ppc_branch.csv, ppc_gen.csv)".into());
        };
        let range = |text: &str| text.parse::<f64>().map_err(|error| format!("{text}: {error}"));
        Ok(Self {
            case: Case::read(Path::new(folder))?,
            n_scenarios: n.parse().map_err(|error| format!("{n}: {error}"))?,
            low: range(low)?,
            high: range(high)?,
        })
    }
}
