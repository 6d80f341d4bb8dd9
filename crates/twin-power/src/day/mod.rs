//! A day in quarters of an hour with new technologies on real customers, and how much of them a network can host.
//!
//! # Model
//! What a customer draws in the data is its share of the peak; the day's shape is that of its profile (household or
//! commerce). Heat pumps follow the published hourly heat of a single-family house over a coefficient of performance,
//! wallboxes an evening of arrivals, photovoltaics the height of the sun. Who has one is drawn by a seed, in an order that
//! grows: a greater share keeps the customers of a smaller one. Flexible demand (heat pumps, wallboxes) may move within the
//! day to where the network has a surplus, its energy kept.
//!
//! # Left out
//! Simultaneity between customers beyond what the profiles hold (they are means over many), harmonics, unbalance of phases.
//!
//! # Units and shapes
//! 96 quarters of an hour; power in MW per unit of technology in kW.
//!
//! # References
//! Profiles: [`profile`](self) names them. Sun: Haurwitz 1945, doi:10.1175/1520-0469(1945)002<0154:IIRTCC>2.0.CO;2 (clear sky),
//! declination after Cooper 1969. Heat pump and wallbox ratings are assumptions of [`DayOptions`].

mod hosting;
mod profile;

use twin::Findings;

pub use self::hosting::{Areas, Hosting, STEPS};

use crate::{
    complex::Complex,
    model::{Grid, Model, State},
    n1::Gauge,
    solve::{Options, Solver},
};

/// Quarters of an hour of a day.
pub const QUARTERS: usize = 96;

/// A technology that customers may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Technology {
    /// Heat pump.
    HeatPump,
    /// Wallbox for an electric car.
    Wallbox,
    /// Photovoltaics on the roof.
    Photovoltaic,
}

/// Season of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Season {
    /// A working day in January, −12 °C.
    Winter,
    /// A working day in July.
    Summer,
}

/// What is assumed about a day.
#[derive(Clone, Debug, PartialEq)]
pub struct DayOptions {
    /// Season.
    pub season: Season,
    /// Part of the customers with a heat pump, 0 to 1.
    pub heat_pumps: f64,
    /// Part of the customers with a wallbox.
    pub wallboxes: f64,
    /// Part of the customers with photovoltaics.
    pub photovoltaics: f64,
    /// Electric peak of a heat pump on a cold day, kW.
    pub heat_pump_kw: f64,
    /// Mean evening peak of a wallbox over many, kW.
    pub wallbox_kw: f64,
    /// Peak of a roof, kW.
    pub photovoltaic_kw: f64,
    /// Latitude, degrees.
    pub latitude_deg: f64,
    /// Part of the energy of heat pumps and wallboxes that moves to the hours of least load.
    pub flexible: f64,
    /// Seed of who has what.
    pub seed: u64,
    /// Power flow.
    pub solve: Options,
}

impl Default for DayOptions {
    fn default() -> Self {
        Self {
            season: Season::Winter,
            heat_pumps: 0.0,
            wallboxes: 0.0,
            photovoltaics: 0.0,
            heat_pump_kw: 3.0,
            wallbox_kw: 2.2,
            photovoltaic_kw: 8.0,
            latitude_deg: 50.0,
            flexible: 0.0,
            seed: 0,
            solve: Options::default(),
        }
    }
}

/// A quarter of an hour.
#[derive(Clone, Debug, PartialEq)]
pub struct Quarter {
    /// Whether the power flow converges; else the figures are 0.
    pub converged: bool,
    /// Load less generation at the customers, MW.
    pub net_load_mw: f64,
    /// Lowest voltage, per unit.
    pub min_vm_pu: f64,
    /// Highest voltage, per unit.
    pub max_vm_pu: f64,
    /// Greatest loading, and of which branch.
    pub max_loading_percent: f64,
    /// The branch of the greatest loading.
    pub worst_branch: Option<u32>,
    /// Branches over their rating, by number, with their loading in percent.
    pub overloaded: Vec<(u32, f64)>,
    /// Buses out of their band, by number.
    pub out_of_band: Vec<u32>,
    /// Greatest violation of Kirchhoff's law at a node, per unit.
    pub residual_pu: f64,
}

/// The shape of a technology or profile over the day: 1 at its peak (photovoltaics: of the clear sky at that latitude).
#[must_use]
pub fn shape(technology: Technology, season: Season, latitude_deg: f64) -> [f64; QUARTERS] {
    match technology {
        Technology::HeatPump => {
            let hours = if season == Season::Winter { &profile::HEAT_WINTER } else { &profile::HEAT_SUMMER };
            // In summer a tenth of the cold day's heat: hot water.
            let size = if season == Season::Winter { 1.0 } else { 0.1 };
            let peak = hours.iter().copied().fold(0.0, f64::max);
            std::array::from_fn(|quarter| size * hours[quarter / 4] / peak)
        }
        // Arrivals around 18:00 with a spread of two hours, as a bell over the evening.
        Technology::Wallbox => std::array::from_fn(|quarter| {
            let hours = (quarter as f64 / 4.0 - 19.0).abs();
            let hours = hours.min(24.0 - hours);
            (-0.5 * (hours / 2.0) * (hours / 2.0)).exp()
        }),
        Technology::Photovoltaic => {
            let day: f64 = if season == Season::Winter { 15.0 } else { 196.0 };
            let declination = (23.45 * (360.0 / 365.0 * (284.0 + day)).to_radians().sin()).to_radians();
            let latitude = latitude_deg.to_radians();
            std::array::from_fn(|quarter| {
                let angle = (15.0 * ((quarter as f64 + 0.5) / 4.0 - 12.0)).to_radians();
                let height = latitude.sin() * declination.sin() + latitude.cos() * declination.cos() * angle.cos();
                if height <= 0.0 { 0.0 } else { height * (-0.057 / height).exp() }
            })
        }
    }
}

/// The shape of what customers draw already, 1 at its peak.
fn drawn(season: Season, is_commerce: bool) -> [f64; QUARTERS] {
    let values = match (is_commerce, season) {
        (false, Season::Winter) => &profile::HOUSEHOLD_WINTER,
        (false, Season::Summer) => &profile::HOUSEHOLD_SUMMER,
        (true, Season::Winter) => &profile::COMMERCE_WINTER,
        (true, Season::Summer) => &profile::COMMERCE_SUMMER,
    };
    let winter = if is_commerce { &profile::COMMERCE_WINTER } else { &profile::HOUSEHOLD_WINTER };
    let peak = winter.iter().copied().fold(0.0, f64::max);
    std::array::from_fn(|quarter| values[quarter] / peak)
}

/// A number from 0 to 1 that depends on seed, customer and technology only (SplitMix64).
fn chance(seed: u64, customer: usize, technology: Technology) -> f64 {
    let mut x = seed ^ (customer as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ ((technology as u64 + 1) << 56);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((x ^ (x >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

/// What all days of a network share.
#[derive(Debug)]
pub struct Day<'m> {
    model: &'m Model,
    grid: Grid,
    solver: Solver,
    gauge: Gauge,
    /// Customers that may have technologies: node and what they draw, per unit.
    customers: Vec<(u32, Complex)>,
    /// Bus of each of them.
    bus_of_customer: Vec<u32>,
    is_commerce: Vec<bool>,
}

impl<'m> Day<'m> {
    /// Prepares a network in a state of its switches and outages; `is_commerce` tells of each customer ([`Model::customers`]) whether its profile is that of
    /// commerce.
    #[must_use]
    pub fn new(model: &'m Model, state: &State, is_commerce: impl Fn(usize) -> bool, options: &Options) -> Self {
        let grid = model.energize(state, &mut Findings::default());
        let solver = Solver::new(grid.net.clone(), *options);
        let live =
            model.loads.iter().enumerate().filter_map(|(number, load)| {
                grid.node(load.bus as usize).map(|node| (node, load, is_commerce(number)))
            });
        let (mut customers, mut bus_of_customer, mut commerce) = (Vec::new(), Vec::new(), Vec::new());
        for (node, load, is_commerce) in live {
            customers.push((node, load.power));
            bus_of_customer.push(load.bus);
            commerce.push(is_commerce);
        }
        let gauge = Gauge::of(model, &grid);
        Self { model, grid, solver, gauge, customers, bus_of_customer, is_commerce: commerce }
    }

    /// Power drawn at every node in every quarter of an hour, per unit. `shares` are those of a technology by customer, which count
    /// instead of the one of `options`.
    fn demand(&self, options: &DayOptions, shares: Option<(Technology, &[f64])>) -> Vec<Vec<Complex>> {
        let mut rest = self.grid.net.demand.clone();
        for &(node, power) in &self.customers {
            rest[node as usize] -= power;
        }
        let shapes = [Technology::HeatPump, Technology::Wallbox, Technology::Photovoltaic]
            .map(|technology| shape(technology, options.season, options.latitude_deg));
        let drawn = [drawn(options.season, false), drawn(options.season, true)];
        let kw = |value: f64| value * 1e-3 / self.model.base_mva;
        let mut demand = vec![rest; QUARTERS];
        let mut flexible = vec![0.0; self.grid.net.n_nodes()];
        for (customer, &(node, power)) in self.customers.iter().enumerate() {
            let has = |technology: Technology, share: f64| {
                let own = shares.filter(|(of, _)| *of == technology).map(|(_, shares)| shares[customer]);
                chance(options.seed, customer, technology) < own.unwrap_or(share)
            };
            let own = [
                (Technology::HeatPump, options.heat_pumps, kw(options.heat_pump_kw)),
                (Technology::Wallbox, options.wallboxes, kw(options.wallbox_kw)),
                (Technology::Photovoltaic, options.photovoltaics, -kw(options.photovoltaic_kw)),
            ];
            let of = &drawn[usize::from(self.is_commerce[customer])];
            for (quarter, demand) in demand.iter_mut().enumerate() {
                demand[node as usize] += power.scale(of[quarter]);
            }
            for (number, (technology, share, size)) in own.into_iter().enumerate() {
                if !has(technology, share) {
                    continue;
                }
                let moves = if size > 0.0 { options.flexible.clamp(0.0, 1.0) } else { 0.0 };
                for (quarter, demand) in demand.iter_mut().enumerate() {
                    let draws = size * shapes[number][quarter];
                    demand[node as usize].re += draws * (1.0 - moves);
                    flexible[node as usize] += draws * moves;
                }
            }
        }
        fill_valleys(&mut demand, &flexible);
        demand
    }

    /// The day.
    #[must_use]
    pub fn run(&self, options: &DayOptions) -> Vec<Quarter> {
        self.run_with(options, None)
    }

    fn run_with(&self, options: &DayOptions, shares: Option<(Technology, &[f64])>) -> Vec<Quarter> {
        let demand = self.demand(options, shares);
        self.solver.batch(
            QUARTERS,
            |quarter, out| out.copy_from_slice(&demand[quarter]),
            |quarter, solution| {
                let load: f64 = demand[quarter].iter().map(|s| s.re).sum();
                let mut read = self.read(load * self.model.base_mva, solution);
                if read.converged {
                    read.residual_pu = self.solver.net().mismatch_of(&solution.voltage, &demand[quarter]).0;
                }
                read
            },
        )
    }

    fn read(&self, net_load_mw: f64, solution: &crate::solve::Solution) -> Quarter {
        let mut quarter = Quarter {
            converged: solution.end.is_converged(),
            net_load_mw,
            min_vm_pu: 0.0,
            max_vm_pu: 0.0,
            max_loading_percent: 0.0,
            worst_branch: None,
            overloaded: Vec::new(),
            out_of_band: Vec::new(),
            residual_pu: 0.0,
        };
        if !quarter.converged {
            return quarter;
        }
        let mut lowest = f64::INFINITY;
        for bus in 0..self.model.n_buses() {
            let Some(node) = self.grid.node(bus) else { continue };
            let vm = solution.voltage[node as usize].abs();
            let (low, high) = self.model.buses[bus].band();
            lowest = lowest.min(vm);
            quarter.max_vm_pu = quarter.max_vm_pu.max(vm);
            if vm < low || vm > high {
                quarter.out_of_band.push(bus as u32);
            }
        }
        quarter.min_vm_pu = if lowest.is_finite() { lowest } else { 0.0 };
        for (row, gauge) in self.gauge.rows.iter().enumerate() {
            let two_port = &self.grid.net.branches[row];
            let (from, to) = (solution.voltage[two_port.from as usize], solution.voltage[two_port.to as usize]);
            let loading = 100.0 * gauge.loading_squared(two_port, from, to).sqrt();
            let branch = self.grid.branch_of_row[row];
            if loading > quarter.max_loading_percent {
                (quarter.max_loading_percent, quarter.worst_branch) = (loading, Some(branch));
            }
            if loading > 100.0 {
                quarter.overloaded.push((branch, loading));
            }
        }
        quarter
    }

    /// The number of customers that may have technologies.
    #[must_use]
    pub fn n_customers(&self) -> usize {
        self.customers.len()
    }

    /// How many of them have each technology: heat pumps, wallboxes, photovoltaics.
    #[must_use]
    pub fn owners(&self, options: &DayOptions) -> [u32; 3] {
        [
            (Technology::HeatPump, options.heat_pumps),
            (Technology::Wallbox, options.wallboxes),
            (Technology::Photovoltaic, options.photovoltaics),
        ]
        .map(|(technology, share)| {
            (0..self.customers.len()).filter(|&customer| chance(options.seed, customer, technology) < share).count()
                as u32
        })
    }
}

/// Puts the flexible energy of every node where the whole network draws least: valleys of the day are filled up to a level.
fn fill_valleys(demand: &mut [Vec<Complex>], flexible: &[f64]) {
    let energy: f64 = flexible.iter().sum();
    if energy <= 0.0 {
        return;
    }
    let load: Vec<f64> = demand.iter().map(|nodes| nodes.iter().map(|s| s.re).sum()).collect();
    let filled = |level: f64| load.iter().map(|load| (level - load).max(0.0)).sum::<f64>();
    let (mut low, mut high) = (
        load.iter().copied().fold(f64::INFINITY, f64::min),
        energy + load.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    );
    for _ in 0..80 {
        let level = 0.5 * (low + high);
        if filled(level) < energy {
            low = level;
        } else {
            high = level;
        }
    }
    let total = filled(high);
    for (nodes, load) in demand.iter_mut().zip(&load) {
        let part = (high - load).max(0.0) / total;
        for (node, flexible) in nodes.iter_mut().zip(flexible) {
            node.re += flexible * part;
        }
    }
}

#[cfg(test)]
mod tests;
