//! What does not change over a day: room on the links, waves, and which link leads to which.

use twin::{Assumptions, Twin};

use crate::street::{NONE, Streets};

/// Speed at which the saturation flow of the assumptions is driven, m/s: 50 km/h.
const SATURATION_SPEED_M_S: f64 = 50.0 / 3.6;
/// Bounds of the speed on a link, so that impossible lengths and times still give waves.
const SPEED_M_S: (f64, f64) = (1.0, 60.0);

/// Room, waves and connections of the streets: derived once.
#[derive(Clone, Debug)]
pub struct Ground {
    /// Jam density of all lanes, passenger-car equivalents per metre.
    pub(super) density_pce_m: Vec<f64>,
    /// Time in which a gap travels back along the link, seconds.
    pub(super) wave_s: Vec<f64>,
    /// Running speed on the empty link, m/s.
    pub(super) speed_m_s: Vec<f64>,
    /// Flow at the tip of the fundamental diagram, passenger-car equivalents per hour.
    pub(super) tip_pce_h: Vec<f64>,
    /// Speed of the backward wave, m/s.
    pub(super) wave_m_s: f64,
    /// Turns of arc a: `first_turn[a]..first_turn[a + 1]`; the first one is the end of a trip.
    pub(super) first_turn: Vec<u32>,
    /// Arc to which each turn leads; [`NONE`] at the end of a trip.
    pub(super) turn_to: Vec<u32>,
    /// Arcs that end at node n: `arcs_in[first_in[n]..first_in[n + 1]]`.
    first_in: Vec<u32>,
    arcs_in: Vec<u32>,
}

impl Ground {
    /// The ground of streets that were derived from this twin.
    ///
    /// A queue takes `queue_space_m` per passenger-car equivalent and lane. The backward wave follows from the saturation
    /// flow at 50 km/h: 15.8 km/h for 6 m and 2000 pce/h.
    #[must_use]
    pub fn new(twin: &Twin, streets: &Streets, a: &Assumptions) -> Self {
        let lane_pce_m = 1.0 / a.queue_space_m;
        let saturation_pce_s = a.saturation_flow_pce_h / 3600.0;
        let wave_m_s = 1.0 / (lane_pce_m / saturation_pce_s - 1.0 / SATURATION_SPEED_M_S).max(0.03);
        let n = streets.n_arcs();
        let mut ground = Self {
            density_pce_m: Vec::with_capacity(n),
            wave_s: Vec::with_capacity(n),
            speed_m_s: Vec::with_capacity(n),
            tip_pce_h: Vec::with_capacity(n),
            wave_m_s,
            first_turn: vec![0],
            turn_to: Vec::new(),
            first_in: vec![0; streets.n_nodes + 1],
            arcs_in: vec![0; n],
        };
        for position in 0..n {
            let arc = streets.arc(position);
            let link = twin.roads.link(arc.link);
            let lanes = f64::from(link.carriageway(arc.direction).lanes.max(1));
            let lanes = if link.shared_lane { lanes * a.shared_lane_factor } else { lanes };
            let (length_m, running_s) = (streets.length_m[position], streets.delay_time_s[position]);
            let speed_m_s = if running_s > 0.0 { length_m / running_s } else { SATURATION_SPEED_M_S };
            let speed_m_s = speed_m_s.clamp(SPEED_M_S.0, SPEED_M_S.1);
            let tip = 3600.0 * lanes * lane_pce_m / (1.0 / speed_m_s + 1.0 / wave_m_s);
            ground.density_pce_m.push(lanes * lane_pce_m);
            ground.wave_s.push(length_m / wave_m_s);
            ground.speed_m_s.push(speed_m_s);
            ground.tip_pce_h.push(tip.max(streets.capacity_pce_h[position]));
            ground.turn_to.push(NONE);
            ground.turn_to.extend(streets.arcs_from(streets.to_node[position] as usize).map(|arc| arc as u32));
            ground.first_turn.push(ground.turn_to.len() as u32);
        }
        ground.index_nodes(streets);
        ground
    }

    fn index_nodes(&mut self, streets: &Streets) {
        for &node in &streets.to_node {
            self.first_in[node as usize + 1] += 1;
        }
        for node in 0..streets.n_nodes {
            self.first_in[node + 1] += self.first_in[node];
        }
        let mut next = self.first_in.clone();
        for (arc, &node) in streets.to_node.iter().enumerate() {
            self.arcs_in[next[node as usize] as usize] = arc as u32;
            next[node as usize] += 1;
        }
    }

    pub(super) fn turns(&self, arc: usize) -> std::ops::Range<usize> {
        self.first_turn[arc] as usize..self.first_turn[arc + 1] as usize
    }

    /// Arcs that end at a node.
    pub(super) fn arcs_to(&self, node: usize) -> &[u32] {
        &self.arcs_in[self.first_in[node] as usize..self.first_in[node + 1] as usize]
    }

    /// Flow on an arc by which its waiting vehicles lie apart while they move up at this flow, as a part of the flow at the tip:
    /// a queue of n vehicles that leaves at flow q is `n / (density · (1 − q / tip))` long.
    pub(super) fn queue_m(&self, arc: usize, queue_pce: f64, outflow_pce_h: f64) -> f64 {
        let moving = (outflow_pce_h / self.tip_pce_h[arc]).clamp(0.0, 0.9);
        queue_pce / (self.density_pce_m[arc] * (1.0 - moving))
    }
}
