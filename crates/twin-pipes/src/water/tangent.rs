//! The network linearized at a solution: what one shut pipe does in the first step needs no matrix of its own.
//!
//! # Method
//! At a solution nothing is out of balance. Shutting a pipe with flow q and conductance p leaves q at its one end and takes it from
//! the other, and takes p from the matrix: by Sherman and Morrison's formula the step of the heads is z·q/(1 − p·vᵀz), v being +1
//! and −1 at the ends and z the solution for v with the factors of the solution. This is Newton's first step from there, for the
//! price of one substitution. Where the pipe is a bridge, what lies behind it moves as one with its near end, and the step is z·q with z
//! the solution for that end alone.
//!
//! # References
//! - J. Sherman, W. J. Morrison (1950): Adjustment of an inverse matrix corresponding to a change in one element of a given matrix.
//!   Ann. Math. Stat. 21(1). <https://doi.org/10.1214/aoms/1177729893>

use twin::scenario::WaterDemandModel;

use super::{
    assemble::{self, Loss},
    law,
    net::{Kind, Net},
    pipes,
    solve::{SolveOptions, Workspace, empty_isolated, is_constant_power},
    state::{LinkState, State},
    stop::Change,
};

/// Below this the pipe is a bridge, or as good as one: what lies behind it hangs on nothing else.
const LEAST_REST: f64 = 1e-6;

/// A network linearized at a solution.
#[derive(Clone, Debug)]
pub(super) struct Tangent {
    work: Workspace,
}

impl Tangent {
    /// Linearizes at a solution; nothing where the equations have none there.
    pub(super) fn new(net: &Net, options: &SolveOptions, state: &State) -> Option<Self> {
        let mut work = Workspace::new(net);
        let mut state = state.clone();
        work.any_isolated = state.isolated.contains(&true);
        empty_isolated(net, &mut state, &mut work);
        assemble::assemble(net, options, Loss::Tangent, &state, &mut work);
        work.factor.factorize_grounded(&net.symbolic, &work.ground, &mut work.rhs).ok()?;
        Some(Self { work })
    }

    /// Shuts a pipe in the solution and takes the first step; `beyond` is the end that is cut off then, `work` is room. Gives the change of
    /// the flows relative to all, nothing where no step was taken.
    pub(super) fn shut(
        &self,
        net: &Net,
        options: &SolveOptions,
        (link, beyond): (usize, Option<usize>),
        state: &mut State,
        work: &mut Workspace,
    ) -> Option<f64> {
        let flow = state.flow_m3_s[link];
        let (from, to) = net.ends(link);
        let (a, b) = (net.row_from[link] as usize, net.row_to[link] as usize);
        let n = net.n_unknown;
        let dh = &mut work.rhs;
        dh.fill(0.0);
        // Rows of sources keep their heads.
        for (node, row, value) in [(from, a, 1.0), (to, b, -1.0)] {
            if row < n && beyond != Some(node) {
                dh[row] += value;
            }
        }
        self.work.factor.solve_ordered(&net.symbolic, &mut dh[..n]);
        let rest = if beyond.is_some() { 1.0 } else { 1.0 - self.work.p[link] * (dh[a] - dh[b]) };
        let mut change = None;
        if rest > LEAST_REST && flow.is_finite() {
            let scale = flow / rest;
            dh[..n].iter_mut().for_each(|value| *value *= scale);
            change = Some(self.step(net, options, &work.rhs, state).relative(options.accuracy));
        }
        state.close([link]);
        self.hold(net, state);
        change
    }

    fn step(&self, net: &Net, options: &SolveOptions, dh: &[f64], state: &mut State) -> Change {
        let mut all = Change::default();
        let change =
            |link: usize| self.work.p[link] * (dh[net.row_from[link] as usize] - dh[net.row_to[link] as usize]);
        pipes::follow(net, dh, &self.work.p, &mut state.flow_m3_s, &mut all);
        for &link in &net.others {
            let link = link as usize;
            let flow = &mut state.flow_m3_s[link];
            let next = *flow + change(link);
            let stalls = net.kind[link] == Kind::Pump && next < 0.0 && is_constant_power(net, link);
            *flow = if stalls { *flow / 2.0 } else { next };
            all.add(*flow, change(link));
        }
        for (&(node, ke), flow) in net.emitters.iter().zip(&mut state.emitter_m3_s) {
            let row = net.row[node as usize] as usize;
            let dq = dh[row] / law::emitter(net, ke, *flow).0;
            *flow += dq;
            all.add(*flow, dq);
        }
        let is_pda = options.demand_model == WaterDemandModel::Pda;
        for (row, &node) in net.node_of_row[..net.n_unknown].iter().enumerate() {
            let node = node as usize;
            state.head_m[node] += dh[row];
            let full = state.full_m3_s[node];
            if is_pda && full > 0.0 && !state.isolated[node] {
                let dq = (self.work.demand_p[node] * dh[row]).clamp(-0.4 * full, 0.4 * full);
                state.drawn_m3_s[node] += dq;
                all.add(state.drawn_m3_s[node], dq);
            }
        }
        all
    }

    /// Valves that hold a pressure or flow pass what is left.
    fn hold(&self, net: &Net, state: &mut State) {
        for &link in &net.automatic {
            let link = link as usize;
            if state.link[link] == LinkState::Active && state.setting[link].is_some() && !self.work.idle[link] {
                state.flow_m3_s[link] = assemble::held_flow(net, state, link);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use twin::{
        geo_types::{LineString, coord},
        utility::{
            Burial, WaterLink, WaterLinkDetail, WaterLinkKind, WaterNetwork, WaterNode, WaterNodeDetail, WaterNodeKind,
        },
        water::WaterOperation,
    };

    use super::*;
    use crate::water::n1::{self, N1Options};

    /// R ─p0─ A (10 l/s), A ─p1─ B (5 l/s), R ─p2─ B: without p1 each draws through its own pipe, and the first step says so.
    #[test]
    fn the_first_step_balances_every_node() {
        let mut network = WaterNetwork::new();
        let mut node = |name: &str, kind: WaterNodeKind| {
            network.add_node(WaterNode {
                key: name.into(),
                position: coord! { x: 0.0, y: 0.0 },
                elevation_m: 0.0,
                kind,
                building: None,
                detail: WaterNodeDetail::default(),
            })
        };
        let r = node("R", WaterNodeKind::Reservoir { head_m: 60.0 });
        let a = node("A", WaterNodeKind::Junction { base_demand_m3_s: 0.010 });
        let b = node("B", WaterNodeKind::Junction { base_demand_m3_s: 0.005 });
        for (number, (from, to)) in [(r, a), (a, b), (r, b)].into_iter().enumerate() {
            let kind = WaterLinkKind::Pipe { length_m: 500.0, diameter_m: 0.15, roughness: 130.0, open: true };
            let (burial, detail) = (Burial::default(), WaterLinkDetail::default());
            let key = format!("p{number}").as_str().into();
            network.add_link(from, to, WaterLink { key, geometry: LineString(Vec::new()), kind, burial, detail });
        }
        let (net, _) = Net::new(&network, &WaterOperation::default());
        let options = N1Options::of(&net);
        let base = n1::base(&net, &options);
        let tangent = Tangent::new(&net, &options.solve, &base.state).unwrap();
        let mut state = base.state.clone();
        assert!(state.flow_m3_s[1].abs() > 1e-4, "p1 carries something: {:?}", state.flow_m3_s);
        tangent.shut(&net, &options.solve, (1, None), &mut state, &mut Workspace::new(&net));
        for (link, due) in [(0, 0.010), (2, 0.005)] {
            assert!((state.flow_m3_s[link] - due).abs() < 1e-9, "{:?}", state.flow_m3_s);
        }
        assert!(state.out_of_service[1] && state.flow_m3_s[1].abs() < 1e-6);
    }
}
