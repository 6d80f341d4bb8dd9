//! Head loss and its gradient: pipes, pumps, valves, emitters, demands that depend on pressure.
//!
//! Every function gives (gradient, loss) at a flow; the solver needs P = 1/gradient and Y = loss/gradient.

use twin::water::{CUBIC_FOOT_M3, FOOT_M, HeadLossFormula};

use super::{
    net::{BIG_S_M2, Kind, NONE, Net, PumpLaw, SMALL_S_M2},
    state::{LinkState, State},
};

/// P and Y of a link: conductance in m²/s, flow correction in m³/s.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Linear {
    pub(super) p: f64,
    pub(super) y: f64,
}

impl Linear {
    fn of(gradient: f64, loss: f64) -> Self {
        Self { p: 1.0 / gradient, y: loss / gradient }
    }
    /// A closed link: hardly anything flows, and the solver takes away what flows now.
    pub(super) fn closed(flow: f64) -> Self {
        Self { p: 1.0 / BIG_S_M2, y: flow }
    }
}

/// Sign without zero, as EPANET takes it.
fn sign(value: f64) -> f64 {
    if value < 0.0 { -1.0 } else { 1.0 }
}

/// P and Y of a link in its present state; those of automatic valves that are not fixed come from [`open_valve`] or the
/// balance of their nodes.
pub(super) fn linear(net: &Net, state: &State, link: usize) -> Linear {
    let flow = state.flow_m3_s[link];
    match net.kind[link] {
        Kind::Pipe | Kind::CheckValve => pipe(net, state.link[link], link, flow),
        Kind::Pump => pump(net, state, link, flow),
        Kind::Gate | Kind::Prv | Kind::Psv | Kind::Fcv => open_valve(net, state.link[link], flow, net.minor[link]),
        Kind::Pbv => breaker(net, state, link, flow),
        Kind::Tcv => {
            let diameter_m = net.diameter_m[link];
            let minor = state.setting[link].map_or(net.minor[link], |setting| {
                0.02517 / FOOT_M * setting / (diameter_m * diameter_m * diameter_m * diameter_m)
            });
            open_valve(net, state.link[link], flow, minor)
        }
        Kind::Pcv => {
            let minor = state.setting[link].map_or(net.minor[link], |percent| positional(net, link, percent));
            open_valve(net, state.link[link], flow, minor)
        }
        Kind::Gpv => general(net, state.link[link], link, flow),
    }
}

/// A pipe.
#[inline]
pub(super) fn pipe(net: &Net, link_state: LinkState, link: usize, flow: f64) -> Linear {
    if link_state <= LinkState::Closed {
        return Linear::closed(flow);
    }
    if net.settings.formula == HeadLossFormula::DarcyWeisbach {
        return darcy_weisbach(net, link, flow);
    }
    let q = flow.abs();
    let power = if net.exponent == 2.0 { q } else { q.powf(net.exponent - 1.0) };
    let gradient = net.exponent * net.resistance[link] * power;
    power_law(net, net.minor[link], flow, gradient)
}

/// A pipe of Hazen–Williams or Chezy–Manning whose n·r·|q|^(n−1) is known.
pub(super) fn power_law(net: &Net, minor: f64, flow: f64, mut gradient: f64) -> Linear {
    let (n, q) = (net.exponent, flow.abs());
    let mut loss = if gradient < net.settings.least_gradient_s_m2 {
        gradient = net.settings.least_gradient_s_m2 / n;
        gradient * q
    } else {
        gradient * q / n
    };
    if minor > 0.0 {
        loss += minor * q * q;
        gradient += 2.0 * minor * q;
    }
    Linear::of(gradient, loss * sign(flow))
}

/// Hagen–Poiseuille below Re 2000, Swamee–Jain above 4000, Dunlop's cubic between.
fn darcy_weisbach(net: &Net, link: usize, flow: f64) -> Linear {
    use std::f64::consts::PI;
    let q = flow.abs();
    let (r, minor) = (net.resistance[link], net.minor[link]);
    let (e, s) = (net.relative_roughness[link], net.viscous_m3_s[link]);
    if s <= 0.0 {
        return Linear::of(SMALL_S_M2, SMALL_S_M2 * flow);
    }
    if q <= 500.0 * PI * s {
        let laminar = 16.0 * PI * s * r;
        return Linear::of(laminar + 2.0 * minor * q, flow * (laminar + minor * q));
    }
    let (f, df_dq) = friction_factor(q, e, s);
    let total = f * r + minor;
    Linear::of(2.0 * total * q + df_dq * r * q * q, total * q * flow)
}

/// Friction factor and its derivative by the flow. `w` is Re π/4.
fn friction_factor(q: f64, e: f64, s: f64) -> (f64, f64) {
    // 5.74 (π/4)^0.9, −2/ln 10, 5.74/4000^0.9, and their product with −2·0.9·2/ln 10.
    const A8: f64 = 4.618_413_198_590_667;
    const A9: f64 = -0.868_588_963_806_503_7;
    const AB: f64 = 3.288_954_763_453_990_6e-3;
    const AC: f64 = -5.142_149_657_990_938e-3;
    const A2: f64 = 500.0 * std::f64::consts::PI;
    let w = q / s;
    if w >= 2.0 * A2 {
        let y1 = A8 / w.powf(0.9);
        let y2 = e / 3.7 + y1;
        let y3 = A9 * y2.ln();
        let f = 1.0 / (y3 * y3);
        return (f, 1.8 * f * y1 * A9 / y2 / y3 / q);
    }
    let y2 = e / 3.7 + AB;
    let y3 = A9 * y2.ln();
    let fa = 1.0 / (y3 * y3);
    let fb = (2.0 + AC / (y2 * y3)) * fa;
    let r = w / A2;
    let x1 = 7.0 * fa - fb;
    let x2 = 0.128 - 17.0 * fa + 2.5 * fb;
    let x3 = -0.128 + 13.0 * fa - (fb + fb);
    let x4 = 0.032 - 3.0 * fa + 0.5 * fb;
    (x1 + r * (x2 + r * (x3 + r * x4)), (x2 + r * (2.0 * x3 + r * 3.0 * x4)) / s / A2)
}

fn pump(net: &Net, state: &State, link: usize, flow: f64) -> Linear {
    let speed = state.setting[link].unwrap_or(1.0);
    if state.link[link] <= LinkState::Closed || speed == 0.0 {
        return Linear::closed(flow);
    }
    let q = flow.abs();
    match net.pumps[net.part[link] as usize].law {
        PumpLaw::None => Linear { p: 1.0 / SMALL_S_M2, y: flow },
        PumpLaw::Curve(curve) => {
            let (intercept, slope) = segment(&net.curves[curve as usize], q / speed);
            let gradient = -slope * speed;
            Linear::of(gradient, -intercept * speed * speed + gradient * flow)
        }
        PumpLaw::ConstantPower { r } => {
            let gradient = -r / q / q;
            if gradient > BIG_S_M2 {
                Linear::closed(flow)
            } else if gradient < SMALL_S_M2 {
                Linear { p: 1.0 / SMALL_S_M2, y: flow }
            } else {
                Linear::of(gradient, r / flow)
            }
        }
        PumpLaw::Power { h0_m, r, n } => {
            let h0 = speed * speed * h0_m;
            let n = if (n - 1.0).abs() < 1e-6 { 1.0 } else { n };
            let r = r * speed.powf(2.0 - n);
            if n == 1.0 {
                return Linear::of(r, h0 + r * flow);
            }
            let gradient = n * r * q.powf(n - 1.0);
            let least = net.settings.least_gradient_s_m2;
            if gradient < least {
                Linear::of(least, h0 + least * flow)
            } else {
                Linear::of(gradient, h0 + gradient * flow / n)
            }
        }
    }
}

/// Intercept and slope of the part of a curve around x; the first or last part beyond the ends.
fn segment(points: &[[f64; 2]], x: f64) -> (f64, f64) {
    if points.len() < 2 {
        return (points.first().map_or(0.0, |point| point[1]), 0.0);
    }
    let after = points.partition_point(|point| point[0] < x).clamp(1, points.len() - 1);
    let (a, b) = (points[after - 1], points[after]);
    let slope = (b[1] - a[1]) / (b[0] - a[0]);
    (a[1] - slope * a[0], slope)
}

/// A valve that is fixed open, shut, or throttled by a loss coefficient.
pub(super) fn open_valve(net: &Net, link_state: LinkState, flow: f64, minor: f64) -> Linear {
    if link_state <= LinkState::Closed {
        return Linear::closed(flow);
    }
    if minor > 0.0 {
        let gradient = 2.0 * minor * flow.abs();
        let gradient =
            if gradient < net.settings.least_gradient_s_m2 { net.settings.least_gradient_s_m2 / 2.0 } else { gradient };
        let loss =
            if gradient == net.settings.least_gradient_s_m2 / 2.0 { flow * gradient } else { flow * gradient / 2.0 };
        return Linear::of(gradient, loss);
    }
    Linear { p: 1.0 / SMALL_S_M2, y: flow }
}

fn breaker(net: &Net, state: &State, link: usize, flow: f64) -> Linear {
    match state.setting[link] {
        Some(setting) if setting != 0.0 && net.minor[link] * flow * flow <= setting => {
            let p = super::net::BIG_M2_S;
            Linear { p, y: setting * p }
        }
        _ => open_valve(net, state.link[link], flow, net.minor[link]),
    }
}

fn general(net: &Net, link_state: LinkState, link: usize, flow: f64) -> Linear {
    let curve = net.part[link];
    if link_state <= LinkState::Closed || curve == NONE {
        return open_valve(net, link_state, flow, net.minor[link]);
    }
    let q = flow.abs().max(1e-6 * CUBIC_FOOT_M3);
    let (intercept, slope) = segment(&net.curves[curve as usize], q);
    let slope = slope.max(1e-6 * FOOT_M / CUBIC_FOOT_M3);
    Linear { p: 1.0 / slope, y: (intercept / slope + q) * sign(flow) }
}

/// Loss coefficient on q² of a positional valve at a percentage of opening.
fn positional(net: &Net, link: usize, percent: f64) -> f64 {
    let fully_open = net.minor[link];
    if percent >= 100.0 {
        return fully_open;
    }
    // EPANET's great and small numbers, on feet and cubic feet per second.
    let greatest = 1e8 * FOOT_M / (CUBIC_FOOT_M3 * CUBIC_FOOT_M3);
    if percent <= 0.0 {
        return greatest;
    }
    let points = net.curves.get(net.part[link] as usize).filter(|points| !points.is_empty());
    let capacity = match points {
        None => percent,
        Some(points) if percent < points[0][0] => percent / points[0][0] * points[0][1],
        Some(points) => {
            let last = points[points.len() - 1];
            if percent > last[0] {
                (percent - last[0]) / (100.0 - last[0]) * (100.0 - last[1]) + last[1]
            } else {
                let (intercept, slope) = segment(points, percent);
                intercept + slope * percent
            }
        }
    };
    let ratio = (capacity / 100.0).clamp(1e-6, 1.0);
    (fully_open / (ratio * ratio)).min(greatest)
}

/// Gradient and loss of an emitter with the coefficient `ke` (h = ke q^n).
pub(super) fn emitter(net: &Net, ke: f64, flow: f64) -> (f64, f64) {
    let n = 1.0 / net.settings.emitter_exponent;
    let mut gradient = n * ke * flow.abs().powf(n - 1.0);
    let mut loss = if gradient < net.settings.least_gradient_s_m2 {
        gradient = net.settings.least_gradient_s_m2 / n;
        gradient * flow
    } else {
        gradient * flow / n
    };
    if !net.settings.emitter_backflow {
        let (more, steeper) = barrier(flow, STEEP);
        loss -= more;
        gradient += steeper;
    }
    (gradient, loss)
}

/// P (reciprocal of the gradient) and Y (P times the loss) of serving part of a demand: h = dp (d/full)^(1/e), with walls at 0
/// and at the full demand.
#[inline]
pub(super) fn demand(dp_m: f64, n: f64, flow: f64, full: f64) -> (f64, f64) {
    let over = flow - full;
    // Well above the required pressure the wall is all: d exceeds the full demand by next to nothing.
    let wall = demand_wall(full);
    if over > wall {
        return (wall, dp_m * wall + over);
    }
    // Divisions are what this costs: one by the demand does.
    let per_full = 1.0 / full;
    // Below this share the power is as good as zero; above zero, so that no exponent makes it infinite.
    let share = (flow.abs() * per_full).max(1e-12);
    let power = if n == 2.0 { share } else { share.powf(n - 1.0) };
    let loss = dp_m * power * per_full * flow;
    let gradient = n * dp_m * power * per_full;
    let steep = STEEP.max(STEEP_SHARE_M * per_full);
    let (low, steeper) = barrier(flow, steep);
    let (high, steeper_still) = barrier(-over, steep);
    let p = 1.0 / (gradient + steeper + steeper_still);
    (p, (loss - low + high) * p)
}

/// How far a metre of pressure pushes a demand over the walls that keep it within its bounds, m³/s per metre.
pub(super) fn demand_wall(full: f64) -> f64 {
    (1.0 / STEEP).min(full * (1.0 / STEEP_SHARE_M))
}

/// Steepness of EPANET's walls, s/m².
const STEEP: f64 = 1e9 * FOOT_M / CUBIC_FOOT_M3;
/// Head that pushes a demand over its wall by its own size, metres: 500 m of pressure push it by 1e-4 of it. EPANET's wall alone
/// would let a tap that draws 0.1 l in an hour draw a tenth more.
const STEEP_SHARE_M: f64 = 5e6;

/// A smooth wall against flows below zero: the loss that it adds against the flow, and its gradient.
#[inline]
fn barrier(flow: f64, steep: f64) -> (f64, f64) {
    // From here on rounding takes what the square root would leave.
    const FAR: f64 = 1e5;
    let a = steep * flow;
    if a >= FAR {
        return (0.0, 0.0);
    }
    if a <= -FAR {
        return (-a, steep);
    }
    let b = (a * a + 1e-6 * FOOT_M * FOOT_M).sqrt();
    ((b - a) / 2.0, steep / 2.0 * (1.0 - a / b))
}
