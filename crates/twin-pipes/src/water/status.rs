//! What links do next: the discrete checks between iterations, as EPANET 2.3 makes them.

use super::{
    net::{Kind, NONE, Net, PumpLaw},
    operate,
    state::{LinkState, State},
};

/// Pressure-reducing and pressure-sustaining valves; whether any changed.
pub(super) fn valves(net: &Net, state: &mut State) -> bool {
    let mut changed = false;
    for &link in &net.automatic {
        let link = link as usize;
        let Some(setting) = state.setting[link] else { continue };
        let (from, to) = (net.from[link] as usize, net.to[link] as usize);
        let (h1, h2) = (state.head_m[from], state.head_m[to]);
        let flow = state.flow_m3_s[link];
        let now = state.link[link];
        let loss_m = net.minor[link] * flow * flow;
        let next = match net.kind[link] {
            Kind::Prv => reducing(net, now, net.elevation_m[to] + setting, h1, h2, flow, loss_m),
            Kind::Psv => sustaining(net, now, net.elevation_m[from] + setting, h1, h2, flow, loss_m),
            _ => continue,
        };
        if next != now && !state.out_of_service[link] {
            state.link[link] = next;
            changed = true;
        }
    }
    changed
}

fn reducing(net: &Net, now: LinkState, set_m: f64, h1: f64, h2: f64, flow: f64, loss_m: f64) -> LinkState {
    let (tolerance_m, backflow) = (net.settings.head_tolerance_m, flow < -net.settings.flow_tolerance_m3_s);
    match now {
        LinkState::Active if backflow => LinkState::Closed,
        LinkState::Active if h1 - loss_m < set_m - tolerance_m => LinkState::Open,
        LinkState::Open if backflow => LinkState::Closed,
        LinkState::Open if h2 >= set_m + tolerance_m => LinkState::Active,
        LinkState::Closed if h1 >= set_m + tolerance_m && h2 < set_m - tolerance_m => LinkState::Active,
        LinkState::Closed if h1 < set_m - tolerance_m && h1 > h2 + tolerance_m => LinkState::Open,
        LinkState::CannotHold if backflow => LinkState::Closed,
        _ => now,
    }
}

fn sustaining(net: &Net, now: LinkState, set_m: f64, h1: f64, h2: f64, flow: f64, loss_m: f64) -> LinkState {
    let (tolerance_m, backflow) = (net.settings.head_tolerance_m, flow < -net.settings.flow_tolerance_m3_s);
    match now {
        LinkState::Active if backflow => LinkState::Closed,
        LinkState::Active if h2 + loss_m > set_m + tolerance_m => LinkState::Open,
        LinkState::Open if backflow => LinkState::Closed,
        LinkState::Open if h1 < set_m - tolerance_m => LinkState::Active,
        LinkState::Closed if h2 > set_m + tolerance_m && h1 > h2 + tolerance_m => LinkState::Open,
        LinkState::Closed if h1 >= set_m + tolerance_m && h1 > h2 + tolerance_m => LinkState::Active,
        LinkState::CannotHold if backflow => LinkState::Closed,
        _ => now,
    }
}

/// Valves that were fixed open, because nothing held what is before them, hold their pressure again where water flows after all; whether any
/// does. Looked at once a solution is found, and once only: where the valve again has nothing to let through, it stays open.
pub(super) fn hold_again(net: &Net, state: &mut State) -> bool {
    let tolerance_m = net.settings.head_tolerance_m;
    let mut changed = false;
    for &link in &net.automatic {
        let link = link as usize;
        let (from, to) = (net.from[link] as usize, net.to[link] as usize);
        let Some(setting) = state.setting[link] else { continue };
        let flows = state.flow_m3_s[link] > net.settings.flow_tolerance_m3_s;
        if state.link[link] != LinkState::CannotHold || !flows || state.out_of_service[link] {
            continue;
        }
        let could_hold = match net.kind[link] {
            Kind::Prv => state.head_m[to] >= net.elevation_m[to] + setting + tolerance_m,
            Kind::Psv => state.head_m[from] < net.elevation_m[from] + setting - tolerance_m,
            _ => false,
        };
        if could_hold {
            state.link[link] = LinkState::Active;
            changed = true;
        }
    }
    changed
}

/// What stands still behind pressure valves that shut although they alone feed it.
///
/// Nothing flows there, so no check of flows or heads sees it: behind a shut valve without another supply the solver finds the head before
/// it, and EPANET that head with the noise of a conductance of 1e-8. A reducing valve keeps its pressure there; one that has less, and a
/// sustaining one that has enough, stands open, as EPANET's does at the first noise.
pub(super) fn dead_ends(net: &Net, state: &mut State) {
    let tolerance_m = net.settings.head_tolerance_m;
    for &link in &net.automatic {
        let link = link as usize;
        let (from, to) = (net.from[link] as usize, net.to[link] as usize);
        let Some(setting) = state.setting[link] else { continue };
        let (h1, h2) = (state.head_m[from], state.head_m[to]);
        let shut = state.link[link] == LinkState::Closed && !state.out_of_service[link] && !state.isolated[to];
        if !shut || (h1 - h2).abs() > tolerance_m {
            continue;
        }
        let kept_m = match net.kind[link] {
            Kind::Prv if h1 > net.elevation_m[to] + setting => Some(net.elevation_m[to] + setting),
            Kind::Psv if h1 <= net.elevation_m[from] + setting => continue,
            Kind::Prv | Kind::Psv => None,
            _ => continue,
        };
        if let Some(part) = unfed(net, state, to)
            && unfed(net, state, from).is_none()
        {
            match kept_m {
                Some(head_m) => part.iter().for_each(|&node| state.head_m[node as usize] += head_m - h2),
                None => state.link[link] = LinkState::Open,
            }
        }
    }
}

/// The nodes that open links join to a node, if none of them is a source.
fn unfed(net: &Net, state: &State, node: usize) -> Option<Vec<u32>> {
    let part = joined(net, state, node, |_| true);
    part.iter().all(|&node| !net.is_source(node as usize)).then_some(part)
}

/// The nodes that open links join to a node, going over some of these alone.
fn joined(net: &Net, state: &State, node: usize, goes_over: impl Fn(usize) -> bool) -> Vec<u32> {
    let mut seen = vec![false; net.n_nodes()];
    seen[node] = true;
    let mut part = vec![node as u32];
    let mut next = 0;
    while let Some(&node) = part.get(next) {
        next += 1;
        for &link in net.links_at(node as usize) {
            let at = link as usize;
            let other = if net.from[at] == node { net.to[at] } else { net.from[at] };
            if state.link[at].is_open() && goes_over(at) && !std::mem::replace(&mut seen[other as usize], true) {
                part.push(other);
            }
        }
    }
    part
}

/// Pumps, check valves, flow control valves and links at tanks; whether any changed.
pub(super) fn links(net: &Net, state: &mut State) -> bool {
    let mut changed = false;
    for &link in &net.checked {
        let link = link as usize;
        if state.out_of_service[link] {
            continue;
        }
        let (from, to) = (net.from[link] as usize, net.to[link] as usize);
        let dh = state.head_m[from] - state.head_m[to];
        let flow = state.flow_m3_s[link];
        let before = state.link[link];
        let mut next = before;
        if matches!(next, LinkState::CannotLift | LinkState::TemporarilyClosed) {
            next = LinkState::Open;
        }
        match net.kind[link] {
            Kind::CheckValve => next = check_valve(net, next, dh, flow),
            Kind::Pump if next >= LinkState::Open => {
                let speed = state.setting[link].unwrap_or(1.0);
                if speed > 0.0 {
                    next = pump(net, link, -dh, speed, flow);
                }
            }
            Kind::Fcv => {
                if let Some(setting) = state.setting[link] {
                    next = flow_control(net, link, before, dh, flow, setting);
                }
            }
            _ => {}
        }
        next = tank(net, state, next, net.source_of[from], flow);
        next = tank(net, state, next, net.source_of[to], -flow);
        if next != before {
            state.link[link] = next;
            changed = true;
        }
    }
    changed
}

fn check_valve(net: &Net, now: LinkState, dh: f64, flow: f64) -> LinkState {
    let (tolerance_m, backflow) = (net.settings.head_tolerance_m, flow < -net.settings.flow_tolerance_m3_s);
    if dh < -tolerance_m || backflow {
        LinkState::Closed
    } else if dh > tolerance_m {
        LinkState::Open
    } else {
        now
    }
}

fn pump(net: &Net, link: usize, gain_m: f64, speed: f64, flow: f64) -> LinkState {
    let pump = &net.pumps[net.part[link] as usize];
    if matches!(pump.law, PumpLaw::ConstantPower { .. }) {
        // No greatest head: but nothing runs backwards.
        return if flow < 1e-6 * twin::water::CUBIC_FOOT_M3 { LinkState::TemporarilyClosed } else { LinkState::Open };
    }
    let greatest_m = speed * speed * pump.max_head_m;
    if gain_m > greatest_m + net.settings.head_tolerance_m { LinkState::CannotLift } else { LinkState::Open }
}

fn flow_control(net: &Net, link: usize, now: LinkState, dh: f64, flow: f64, setting: f64) -> LinkState {
    if dh < -net.settings.head_tolerance_m || flow < -net.settings.flow_tolerance_m3_s {
        LinkState::CannotFlow
    } else if now == LinkState::CannotFlow && flow >= setting {
        LinkState::Active
    } else if now == LinkState::Active && flow != 0.0 && dh / (flow * flow) < net.minor[link] {
        LinkState::CannotFlow
    } else {
        now
    }
}

/// Nothing flows into a full tank or out of an empty one. `out` is the flow out of the source.
fn tank(net: &Net, state: &State, now: LinkState, source: u32, out: f64) -> LinkState {
    if source == NONE || now <= LinkState::Closed {
        return now;
    }
    let source = &net.sources[source as usize];
    let Some(tank) = &source.tank else { return now };
    let head_m = state.head_m[source.node as usize];
    let full = head_m >= tank.max_head_m && !tank.overflow && out < 0.0;
    let empty = head_m <= tank.min_head_m && out > 0.0;
    if full || empty { LinkState::TemporarilyClosed } else { now }
}

/// Controls by the pressure of a junction, looked at once a solution is found; whether any acted.
pub(super) fn pressure_controls(net: &Net, state: &mut State) -> bool {
    let mut changed = false;
    for control in &net.controls {
        changed |= operate::pressure_switch(net, control, state);
    }
    changed
}

/// Fixes open an active valve at a part that nothing holds; whether there was one. `node` is one of the part.
///
/// That is a reducing valve which the part is to feed, or another one: what is before a reducing valve has no part in its equation. EPANET
/// takes the first valve at the node where its elimination ends.
pub(super) fn fix_bad_valve(net: &Net, state: &mut State, node: usize) -> bool {
    let is_active = |link: usize, state: &State| state.link[link] == LinkState::Active && state.setting[link].is_some();
    let part = joined(net, state, node, |link| !(net.kind[link].is_automatic() && is_active(link, state)));
    let ends = |link: usize| [net.from[link], net.to[link]];
    let valves = || net.automatic.iter().map(|&link| link as usize).filter(|&link| is_active(link, state));
    let fed = valves().find(|&link| net.kind[link] == Kind::Prv && part.contains(&net.from[link]));
    let Some(link) = fed.or_else(|| valves().find(|&link| ends(link).iter().any(|end| part.contains(end)))) else {
        return false;
    };
    state.link[link] = if net.kind[link] == Kind::Fcv { LinkState::CannotFlow } else { LinkState::CannotHold };
    true
}

#[cfg(test)]
mod tests {
    use twin::{
        geo_types::{LineString, coord},
        utility::{
            Burial, ValveKind, ValveState, WaterLink, WaterLinkDetail, WaterLinkKind, WaterNetwork, WaterNode,
            WaterNodeDetail, WaterNodeKind,
        },
        water::WaterOperation,
    };

    use super::*;
    use crate::water::{SolveOptions, Workspace, solve};

    /// R ─ PRV at 20 m ─ B (10 l/s): fixed open it passes what is drawn at 60 m; it could hold 20 m, and does.
    #[test]
    fn a_valve_that_was_fixed_open_holds_again_where_water_flows() {
        let mut network = WaterNetwork::new();
        let mut node = |name: &str, kind: WaterNodeKind| {
            let (position, detail) = (coord! { x: 0.0, y: 0.0 }, WaterNodeDetail::default());
            network.add_node(WaterNode { key: name.into(), position, elevation_m: 0.0, kind, building: None, detail })
        };
        let r = node("R", WaterNodeKind::Reservoir { head_m: 60.0 });
        let a = node("A", WaterNodeKind::Junction { base_demand_m3_s: 0.0 });
        let b = node("B", WaterNodeKind::Junction { base_demand_m3_s: 0.010 });
        let valve = WaterLinkKind::ControlValve {
            valve: ValveKind::Prv,
            diameter_m: 0.2,
            setting: 20.0,
            state: ValveState::Active,
        };
        let pipe = WaterLinkKind::Pipe { length_m: 10.0, diameter_m: 0.2, roughness: 130.0, open: true };
        for (key, from, to, kind) in [("p", r, a, pipe), ("v", a, b, valve)] {
            let (geometry, burial, detail) = (LineString(Vec::new()), Burial::default(), WaterLinkDetail::default());
            network.add_link(from, to, WaterLink { key: key.into(), geometry, kind, burial, detail });
        }
        let (net, _) = Net::new(&network, &WaterOperation::default());
        let mut state = State::initial(&net);
        state.full_m3_s[2] = 0.010;
        state.link[1] = LinkState::CannotHold;
        let mut work = Workspace::new(&net);
        assert!(solve(&net, &SolveOptions::of(&net), &mut state, &mut work).status.is_fine());
        assert!(state.head_m[2] > 50.0 && state.link[1] == LinkState::CannotHold, "{state:?}");
        assert!(hold_again(&net, &mut state) && state.link[1] == LinkState::Active);
        assert!(solve(&net, &SolveOptions::of(&net), &mut state, &mut work).status.is_fine());
        assert!((state.head_m[2] - 20.0).abs() < 1e-6 && !hold_again(&net, &mut state));
    }
}
