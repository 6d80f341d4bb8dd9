//! The hot loops over pipes: conductances and their place in the matrix, and the flows that follow from the heads.
//!
//! Pipes stand in blocks of links that follow each other, so that a block's flows, states, P and Y are slices, and what is the same
//! for all pipes is computed without branches, as vectors. A second loop puts right the few that are otherwise (shut, with
//! single losses, in a part without a source) and adds up what meets at the nodes.

use std::ops::Range;

use twin::water::HeadLossFormula;

use super::{
    assemble::Loss,
    law::{self, Linear},
    net::{Net, Pipe},
    power,
    solve::Workspace,
    state::{LinkState, State},
    stop::Change,
};

/// Pipes whose links follow each other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block {
    /// The first one's link, its place among the pipes, how many there are.
    link: u32,
    pipe: u32,
    n: u32,
}

impl Block {
    /// Greatest number of pipes in a block.
    pub(super) const MOST: usize = 64;

    /// Blocks of a list of pipes that is sorted by link.
    pub(super) fn of(pipes: &[Pipe]) -> Vec<Self> {
        let mut blocks: Vec<Self> = Vec::new();
        for (place, pipe) in pipes.iter().enumerate() {
            match blocks.last_mut() {
                Some(block) if block.link + block.n == pipe.link && (block.n as usize) < Self::MOST => block.n += 1,
                _ => blocks.push(Self { link: pipe.link, pipe: place as u32, n: 1 }),
            }
        }
        blocks
    }

    const fn links(self) -> Range<usize> {
        self.link as usize..(self.link + self.n) as usize
    }

    const fn pipes(self) -> Range<usize> {
        self.pipe as usize..(self.pipe + self.n) as usize
    }
}

/// Fills P and Y of pipes, their values of the matrix, and what they push into the rows.
pub(super) fn assemble(net: &Net, loss: Loss, state: &State, work: &mut Workspace) {
    if loss == Loss::Proportional {
        stamp::<true>(net, state, work);
    } else {
        stamp::<false>(net, state, work);
    }
}

fn stamp<const PROPORTIONAL: bool>(net: &Net, state: &State, work: &mut Workspace) {
    let Workspace { factor, rhs, p, y, idle, power, .. } = work;
    let (values, rhs) = (factor.values_mut(), rhs.as_mut_slice());
    let darcy = net.settings.formula == HeadLossFormula::DarcyWeisbach;
    let (e, n, part) = (1.0 - net.exponent, net.exponent, net.reciprocal_exponent);
    let greatest = 1.0 / net.settings.least_gradient_s_m2;
    for &block in &net.blocks {
        let (links, pipes) = (block.links(), &net.pipes[block.pipes()]);
        let (flows, states, idle) = (&state.flow_m3_s[links.clone()], &state.link[links.clone()], &idle[links.clone()]);
        let (p, y) = (&mut p[links.clone()], &mut y[links.clone()]);
        if !darcy {
            let powers = &mut power[..pipes.len()];
            for (power, flow) in powers.iter_mut().zip(flows) {
                *power = flow.abs();
            }
            if e == -1.0 {
                powers.iter_mut().for_each(|power| *power = 1.0 / *power);
            } else {
                power::raise_all(powers, e);
            }
            // Loss over gradient is the flow over n; where the flow is next to nothing, the gradient is the least one.
            let conductances = net.conductance[block.pipes()].iter().zip(&*powers);
            for (((p, y), flow), (c, power)) in p.iter_mut().zip(&mut *y).zip(flows).zip(conductances) {
                let conductance = c * power;
                let is_least = conductance > greatest;
                *p = if is_least { n * greatest } else { conductance };
                *y = flow * if is_least { 1.0 } else { part };
            }
        }
        let columns = p.iter_mut().zip(y).zip(flows).zip(states).zip(idle);
        for (place, (((((p, y), &flow), &link_state), &idle), pipe)) in columns.zip(pipes).enumerate() {
            let is_closed = link_state <= LinkState::Closed;
            if idle || is_closed || pipe.minor != 0.0 || darcy {
                let linear = if idle {
                    Linear { p: 0.0, y: flow }
                } else if is_closed || darcy {
                    law::pipe(net, link_state, pipe.link as usize, flow)
                } else {
                    let conductance = net.conductance[block.pipe as usize + place] * power[place];
                    law::power_law(net, pipe.minor, flow, 1.0 / conductance)
                };
                (*p, *y) = (linear.p, linear.y);
            }
            if PROPORTIONAL && !is_closed && *y != 0.0 {
                (*p, *y) = (*p * flow / *y, flow);
            }
            let push = *y - flow;
            rhs[pipe.from as usize] += push;
            rhs[pipe.to as usize] -= push;
            values[pipe.slot as usize] -= *p;
        }
    }
}

/// Takes the step of the flows that the heads of all rows ask for.
pub(super) fn update(net: &Net, relax: f64, state: &mut State, work: &Workspace, change: &mut Change) {
    let heads = work.heads.as_slice();
    for &block in &net.blocks {
        let links = block.links();
        let columns = work.p[links.clone()].iter().zip(&work.y[links.clone()]).zip(&mut state.flow_m3_s[links]);
        for (pipe, ((p, y), flow)) in net.pipes[block.pipes()].iter().zip(columns) {
            let dh = heads[pipe.from as usize] - heads[pipe.to as usize];
            let dq = (y - p * dh) * relax;
            *flow -= dq;
            change.add(*flow, dq);
        }
    }
}

/// What the laws of pipes lack at the present flows and heads.
pub(super) fn lack(net: &Net, state: &State, work: &Workspace, change: &mut Change) {
    for &block in &net.blocks {
        let links = block.links();
        let columns = work.p[links.clone()].iter().zip(&work.y[links.clone()]).zip(&state.flow_m3_s[links]);
        for (pipe, ((p, y), &flow)) in net.pipes[block.pipes()].iter().zip(columns) {
            let dh = work.heads[pipe.from as usize] - work.heads[pipe.to as usize];
            change.add(flow, y - p * dh);
        }
    }
}

/// Adds to the flows what changes of the heads do by the conductances.
pub(super) fn follow(net: &Net, dh: &[f64], p: &[f64], flows_m3_s: &mut [f64], change: &mut Change) {
    for &block in &net.blocks {
        let links = block.links();
        let columns = p[links.clone()].iter().zip(&mut flows_m3_s[links]);
        for (pipe, (p, flow)) in net.pipes[block.pipes()].iter().zip(columns) {
            let dq = p * (dh[pipe.from as usize] - dh[pipe.to as usize]);
            *flow += dq;
            change.add(*flow, dq);
        }
    }
}

/// Gives every pipe the flow that its law has at the heads of a step with losses in proportion to the flows: where |q| was q₀·x then, it
/// is q₀·x^(1/n).
pub(super) fn bend(net: &Net, state: &mut State, work: &mut Workspace) {
    let Workspace { power, y, idle, .. } = work;
    for &block in &net.blocks {
        let links = block.links();
        let (flows, before) = (&mut state.flow_m3_s[links.clone()], &y[links.clone()]);
        let ratios = &mut power[..flows.len()];
        for ((ratio, flow), before) in ratios.iter_mut().zip(&*flows).zip(before) {
            *ratio = (flow / before).abs();
        }
        power::raise_all(ratios, net.reciprocal_exponent);
        let statuses = state.link[links.clone()].iter().zip(&idle[links]);
        for (((flow, before), ratio), (&link_state, &idle)) in flows.iter_mut().zip(before).zip(ratios).zip(statuses) {
            if link_state > LinkState::Closed && !idle {
                *flow = (before * *ratio).copysign(*flow);
            }
        }
    }
}
