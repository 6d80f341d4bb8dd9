//! Speed, capacity and delay of one direction of a section: from the source where it gives them, else by the table of
//! assumptions.

use twin::{
    Assumptions, Finding, Twin,
    road::{Arc, Direction, Modes, NodeControl, RoadClass, RoadLink, VolumeDelay},
    scenario::TrafficOptions,
};

use super::N_CLASSES;

/// What it costs to drive along an arc.
pub(super) struct ArcCost {
    pub(super) free_time_s: [f64; N_CLASSES],
    pub(super) fixed_cost: f64,
    pub(super) delay_time_s: f64,
    pub(super) capacity_pce_h: f64,
    pub(super) delay: VolumeDelay,
}

/// Who may drive in a direction, lorries only where they fit.
pub(super) fn admitted(link: &RoadLink, direction: Direction) -> Modes {
    let modes = link.carriageway(direction).modes;
    let too_small = link.max_weight_t.is_some_and(|limit| limit <= 7.5)
        || link.max_height_m.is_some_and(|limit| limit < 3.8)
        || link.max_width_m.is_some_and(|limit| limit < 2.5);
    if too_small { modes.without(Modes::TRUCK) } else { modes }
}

/// The rules, with what they need to know of every node.
pub(super) struct Rules<'a> {
    twin: &'a Twin,
    assumptions: &'a Assumptions,
    options: &'a TrafficOptions,
    nodes: Vec<Junction>,
}

/// What meets at a node.
#[derive(Clone, Copy, Default)]
struct Junction {
    n_arms: u32,
    /// Rank of the strongest arm that is no ramp.
    best_rank: u8,
    /// How many arms have it.
    n_best: u32,
    roundabout: bool,
}

impl<'a> Rules<'a> {
    pub(super) fn new(twin: &'a Twin, assumptions: &'a Assumptions, options: &'a TrafficOptions) -> Self {
        let mut nodes = vec![Junction::default(); twin.roads.n_nodes()];
        for (id, link) in twin.roads.links() {
            let drivable =
                Direction::BOTH.iter().any(|&d| link.carriageway(d).modes.intersects(Modes::CAR.union(Modes::TRUCK)));
            if !drivable || matches!(link.class, RoadClass::Service | RoadClass::Track) {
                continue;
            }
            let (from, to) = twin.roads.ends(id);
            for node in [from, to] {
                let junction = &mut nodes[node.index()];
                junction.n_arms += 1;
                junction.roundabout |= link.roundabout;
                let rank = rank(link.class);
                if rank > junction.best_rank {
                    (junction.best_rank, junction.n_best) = (rank, 1);
                } else if rank == junction.best_rank {
                    junction.n_best += 1;
                }
            }
        }
        Self { twin, assumptions, options, nodes }
    }

    pub(super) fn cost(&self, link: &RoadLink, arc: Arc) -> Result<ArcCost, Box<Finding>> {
        let carriageway = link.carriageway(arc.direction);
        let cost = match carriageway.impedance {
            Some(impedance) => ArcCost {
                free_time_s: [impedance.free_flow_time; N_CLASSES],
                fixed_cost: self.options.toll_weight * impedance.toll
                    + self.options.distance_weight * impedance.distance,
                delay_time_s: impedance.free_flow_time,
                capacity_pce_h: impedance.capacity_veh_h,
                delay: impedance.delay,
            },
            None => self.assumed(link, arc),
        };
        check(&cost)?;
        Ok(cost)
    }

    fn assumed(&self, link: &RoadLink, arc: Arc) -> ArcCost {
        let a = self.assumptions;
        let lanes = f64::from(link.carriageway(arc.direction).lanes.max(1));
        let urban = is_urban(link);
        let speeds_kmh = self.speeds_kmh(link, arc.direction, urban);
        let running_s = speeds_kmh.map(|speed_kmh| link.length_m / (speed_kmh / 3.6));
        let lane_pce_h = match link.class {
            RoadClass::Motorway => a.capacity_motorway_pce_h,
            RoadClass::Trunk => a.capacity_trunk_pce_h,
            class if is_ramp(class) => a.capacity_ramp_pce_h,
            RoadClass::Primary | RoadClass::Secondary if urban => a.capacity_main_street_pce_h,
            RoadClass::Tertiary if urban => a.capacity_collector_pce_h,
            RoadClass::Primary | RoadClass::Secondary | RoadClass::Tertiary => a.capacity_rural_pce_h,
            RoadClass::Unclassified | RoadClass::Residential | RoadClass::Road => a.capacity_minor_pce_h,
            _ => a.capacity_access_pce_h,
        };
        let (junction_pce_h, junction_s) = self.junction(link, arc);
        let shared = if link.shared_lane { a.shared_lane_factor } else { 1.0 };
        let (alpha, beta) = match link.class {
            RoadClass::Motorway | RoadClass::Trunk | RoadClass::MotorwayLink | RoadClass::TrunkLink => {
                (a.bpr_alpha_motorway, a.bpr_beta_motorway)
            }
            _ if urban => (a.bpr_alpha_urban, a.bpr_beta_urban),
            _ => (a.bpr_alpha_rural, a.bpr_beta_rural),
        };
        ArcCost {
            free_time_s: running_s.map(|time_s| time_s + junction_s),
            fixed_cost: self.options.distance_weight * link.length_m,
            delay_time_s: running_s[0],
            capacity_pce_h: lanes * shared * lane_pce_h.min(junction_pce_h),
            delay: VolumeDelay::Bpr { alpha, beta },
        }
    }

    /// Speed of cars and lorries on the empty street.
    fn speeds_kmh(&self, link: &RoadLink, direction: Direction, urban: bool) -> [f64; N_CLASSES] {
        let a = self.assumptions;
        let signed = link.carriageway(direction).speed_limit_kmh;
        let signed = if signed > 0.0 { signed.min(a.car_speed_max_kmh) } else { 30.0 };
        let limit = match link.class {
            RoadClass::LivingStreet | RoadClass::Pedestrian | RoadClass::Footway | RoadClass::Path => {
                signed.min(a.walking_speed_kmh)
            }
            RoadClass::Service => signed.min(a.service_speed_max_kmh),
            RoadClass::Track => signed.min(a.track_speed_max_kmh),
            _ if link.roundabout => signed.min(30.0),
            _ => signed,
        };
        let car = limit * if urban { a.free_speed_factor_urban } else { a.free_speed_factor_rural };
        let truck_max = match link.class {
            RoadClass::Motorway | RoadClass::Trunk => a.truck_speed_max_motorway_kmh,
            _ => a.truck_speed_max_kmh,
        };
        [car, car.min(truck_max)].map(|speed_kmh| speed_kmh.max(1.0))
    }

    /// What the junction at the end of the arc lets through per lane, and how long it holds up a lone vehicle.
    fn junction(&self, link: &RoadLink, arc: Arc) -> (f64, f64) {
        let a = self.assumptions;
        let (from, to) = arc.ends(&self.twin.roads);
        let junction = self.nodes[to.index()];
        let free = (f64::INFINITY, 0.0);
        if junction.n_arms < 3
            || link.roundabout
            || is_ramp(link.class) && self.twin.roads[to].control != NodeControl::Signal
        {
            return free;
        }
        let minor = rank(link.class) < junction.best_rank;
        let control = if junction.roundabout { NodeControl::MiniRoundabout } else { self.twin.roads[to].control };
        match control {
            NodeControl::Signal => {
                let green = if minor { a.green_share_minor } else { a.green_share_major };
                // The short pieces inside one big junction have the signal of its entry, not one of their own.
                let inside = link.length_m < 40.0 && self.twin.roads[from].control == NodeControl::Signal;
                let delay_s = if inside { 0.0 } else { 0.5 * a.signal_cycle_s * (1.0 - green) * (1.0 - green) };
                (a.saturation_flow_pce_h * green, delay_s)
            }
            NodeControl::MiniRoundabout => (a.capacity_main_street_pce_h, a.delay_uncontrolled_s),
            NodeControl::Stop if minor => (a.capacity_give_way_pce_h, a.delay_stop_s),
            _ if minor => (a.capacity_give_way_pce_h, a.delay_give_way_s),
            // A main street runs through: two arms of the highest rank among weaker ones.
            _ if junction.n_best <= 2 && junction.n_arms > junction.n_best => free,
            NodeControl::TurningCircle => free,
            _ => (f64::INFINITY, a.delay_uncontrolled_s),
        }
    }
}

fn check(cost: &ArcCost) -> Result<(), Box<Finding>> {
    let bad = |what: &str, value: f64| {
        let message = format!("{what} is {value}; nobody can drive here in the model");
        Err(Box::new(Finding::warning("bad-impedance", message).with_help("correct the value in the source")))
    };
    for time_s in cost.free_time_s {
        if !(0.0..f64::INFINITY).contains(&time_s) {
            return bad("the free-flow time", time_s);
        }
    }
    if !(0.0..f64::INFINITY).contains(&(cost.free_time_s[0] + cost.fixed_cost)) {
        return bad("the cost of time, toll and distance", cost.free_time_s[0] + cost.fixed_cost);
    }
    let varies = match cost.delay {
        VolumeDelay::Bpr { alpha, beta } => {
            if !(0.0..f64::INFINITY).contains(&alpha) {
                return bad("factor B of the volume-delay function", alpha);
            }
            if !(0.0..f64::INFINITY).contains(&beta) {
                return bad("the power of the volume-delay function", beta);
            }
            alpha > 0.0 && beta > 0.0 && cost.delay_time_s > 0.0
        }
        VolumeDelay::Conical { alpha } => {
            if !(alpha > 1.0 && alpha.is_finite()) {
                return bad("the steepness of the conical function", alpha);
            }
            true
        }
        VolumeDelay::Akcelik { j, period_h } => {
            if !(0.0..f64::INFINITY).contains(&j) {
                return bad("the delay parameter of Akçelik's function", j);
            }
            if !(period_h > 0.0 && period_h.is_finite()) {
                return bad("the period of Akçelik's function", period_h);
            }
            true
        }
    };
    if varies && !(cost.capacity_pce_h > 0.0 && cost.capacity_pce_h.is_finite()) {
        let message = format!("capacity is {} veh/h; nobody can drive here in the model", cost.capacity_pce_h);
        return Err(Box::new(
            Finding::warning("zero-capacity", message)
                .with_help("give a capacity above zero, or close the street in the source"),
        ));
    }
    Ok(())
}

/// Inside a built-up area as the source says, or as class and speed limit suggest.
fn is_urban(link: &RoadLink) -> bool {
    link.built_up.unwrap_or_else(|| {
        let limit_kmh = link.forward.speed_limit_kmh.max(link.backward.speed_limit_kmh);
        limit_kmh <= 60.0 && !matches!(link.class, RoadClass::Motorway | RoadClass::MotorwayLink)
    })
}

const fn is_ramp(class: RoadClass) -> bool {
    matches!(class, RoadClass::MotorwayLink | RoadClass::TrunkLink | RoadClass::PrimaryLink | RoadClass::SecondaryLink)
}

/// Who goes first by class of road.
const fn rank(class: RoadClass) -> u8 {
    match class {
        RoadClass::Motorway => 8,
        RoadClass::Trunk => 7,
        RoadClass::Primary | RoadClass::PrimaryLink => 6,
        RoadClass::Secondary | RoadClass::SecondaryLink => 5,
        RoadClass::Tertiary | RoadClass::TertiaryLink => 4,
        RoadClass::MotorwayLink | RoadClass::TrunkLink => 3,
        RoadClass::Unclassified | RoadClass::Residential | RoadClass::Road | RoadClass::Busway => 2,
        RoadClass::LivingStreet => 1,
        _ => 0,
    }
}
