//! Fire flow: how much a hydrant gives before the pressure in the network falls too far.

use rayon::prelude::*;
use twin::{Watch, scenario::WaterDemandModel};

use super::{
    net::Net,
    solve::{SolveOptions, Workspace, solve},
    state::State,
};

/// What is asked of a hydrant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FireOptions {
    /// Pressure that must remain at the hydrant, metres. DVGW W 405 asks for 1.5 bar.
    pub residual_m: f64,
    /// Pressure that must remain at every junction with demand, metres; 0 bar at least.
    pub network_m: f64,
    /// Greatest flow that is looked for, m³/s. DVGW W 405 asks for 48, 96 or 192 m³/h.
    pub most_m3_s: f64,
}

impl Default for FireOptions {
    fn default() -> Self {
        // 1.5 bar of water; 192 m³/h.
        Self { residual_m: 15.3, network_m: 0.0, most_m3_s: 192.0 / 3600.0 }
    }
}

/// What a hydrant gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FireFlow {
    /// The node.
    pub node: usize,
    /// Pressure there when nothing is drawn for the fire, metres.
    pub static_pressure_m: f64,
    /// Flow that it gives with the pressures kept, m³/s; `most_m3_s` where it could give more.
    pub available_m3_s: f64,
    /// Pressure there at that flow, metres.
    pub pressure_m: f64,
    /// Whether every solve on the way was found.
    pub solved: bool,
}

/// Fire flow at every node of a list, one hydrant at a time, in the order of the list and the same for any number of
/// threads. `base` is the solved network without fire.
///
/// # Method
/// The flow is halved in (bisection, 20 steps: a millionth of the greatest flow); every step is a steady demand-driven
/// solve from the one before.
#[must_use]
pub fn fire_flows(
    net: &Net,
    base: &State,
    options: &SolveOptions,
    fire: &FireOptions,
    nodes: &[usize],
    watch: &dyn Watch,
) -> Vec<Option<FireFlow>> {
    let solve_options = SolveOptions { demand_model: WaterDemandModel::Dda, ..*options };
    nodes
        .par_iter()
        .map_init(
            || (base.clone(), Workspace::new(net)),
            |(state, work), &node| {
                if watch.is_cancelled() || net.is_source(node) || base.isolated[node] {
                    return None;
                }
                Some(Hydrant { net, base, options: &solve_options, fire, node }.flow(state, work))
            },
        )
        .collect()
}

struct Hydrant<'a> {
    net: &'a Net,
    base: &'a State,
    options: &'a SolveOptions,
    fire: &'a FireOptions,
    node: usize,
}

impl Hydrant<'_> {
    fn flow(&self, state: &mut State, work: &mut Workspace) -> FireFlow {
        let static_pressure_m = self.base.head_m[self.node] - self.net.elevation_m(self.node);
        let mut found = FireFlow {
            node: self.node,
            static_pressure_m,
            available_m3_s: 0.0,
            pressure_m: static_pressure_m,
            solved: true,
        };
        let (mut low, mut high) = (0.0, self.fire.most_m3_s);
        let mut flow = high;
        for _ in 0..20 {
            match self.keeps(flow, state, work) {
                Some((true, pressure_m)) => {
                    (found.available_m3_s, found.pressure_m) = (flow, pressure_m);
                    if flow >= self.fire.most_m3_s {
                        return found;
                    }
                    low = flow;
                }
                Some((false, _)) => high = flow,
                None => {
                    found.solved = false;
                    high = flow;
                }
            }
            flow = f64::midpoint(low, high);
        }
        found
    }

    /// Whether the pressures are kept at a flow, and that at the hydrant; nothing where there is no solution.
    fn keeps(&self, flow: f64, state: &mut State, work: &mut Workspace) -> Option<(bool, f64)> {
        state.copy_from(self.base);
        state.full_m3_s[self.node] += flow;
        let solved = solve(self.net, self.options, state, work);
        if !solved.status.is_fine() {
            return None;
        }
        let pressure_m = |node: usize| state.head_m[node] - self.net.elevation_m(node);
        let here = pressure_m(self.node);
        let others = (0..self.net.n_nodes()).all(|node| {
            self.net.is_source(node)
                || self.base.full_m3_s[node] <= 0.0
                || self.base.isolated[node]
                // Who lacked pressure before is not the fire's doing.
                || pressure_m(node) >= self.fire.network_m.min(self.base.head_m[node] - self.net.elevation_m(node))
        });
        Some((here >= self.fire.residual_m && others, here))
    }
}
