//! Pipe networks as a scenario wants them computed: demand, temperatures, pressures, friction, what stands shut.
//!
//! The twin stays as it is; what differs is a copy.

use std::borrow::Cow;

use twin::{
    Key, Scenario, Twin,
    utility::{
        GasLinkKind, GasNetwork, HeatLinkKind, HeatNetwork, HeatNodeKind, Medium, Operation, ValveState, WaterLink,
        WaterLinkKind, WaterNetwork,
    },
    water::WaterOperation,
};

/// Zero of the Celsius scale, K.
const CELSIUS_K: f64 = 273.15;

/// The water network of a scenario, and how it is run.
pub(crate) fn water<'a>(twin: &'a Twin, scenario: &Scenario) -> (Cow<'a, WaterNetwork>, Cow<'a, WaterOperation>) {
    let options = &scenario.water;
    let (mut network, mut operation) = (Cow::Borrowed(&twin.water), Cow::Borrowed(&twin.water_operation));
    if let Some(factor) = options.demand_factor.filter(|factor| *factor != 1.0) {
        operation.to_mut().settings.demand_multiplier *= factor;
    }
    if !options.closed.is_empty() {
        let is_shut = |key: &Key| options.closed.contains(key);
        network = Cow::Owned(
            twin.water.mapped(Clone::clone, |link| if is_shut(&link.key) { shut_water(link) } else { link.clone() }),
        );
        // Nothing opens what stands shut.
        let operation = operation.to_mut();
        operation.controls.retain(|control| !is_shut(&control.link));
        for rule in &mut operation.rules {
            rule.then.retain(|action| !is_shut(&action.link));
            rule.otherwise.retain(|action| !is_shut(&action.link));
        }
    }
    (network, operation)
}

fn shut_water(link: &WaterLink) -> WaterLink {
    let mut link = link.clone();
    link.detail.check_valve = false;
    match &mut link.kind {
        WaterLinkKind::Pipe { open, .. } | WaterLinkKind::Valve { open, .. } => *open = false,
        WaterLinkKind::Pump { on, .. } => {
            *on = false;
            link.detail.pattern = None;
        }
        WaterLinkKind::PressureReducer { diameter_m, .. } => {
            link.kind = WaterLinkKind::Valve { diameter_m: *diameter_m, open: false };
        }
        WaterLinkKind::ControlValve { state, .. } => *state = ValveState::Closed,
    }
    link
}

/// The gas network of a scenario, and how it is run.
pub(crate) fn gas<'a>(twin: &'a Twin, scenario: &Scenario) -> (Cow<'a, GasNetwork>, Operation) {
    let options = &scenario.gas;
    let mut operation = twin.operation(Medium::Gas);
    operation.friction = options.friction.unwrap_or(operation.friction);
    let changes_nodes =
        options.demand_factor.is_some() || options.temperature_c.is_some() || options.feed_pressure_bar.is_some();
    if !changes_nodes && options.closed.is_empty() {
        return (Cow::Borrowed(&twin.gas), operation);
    }
    let network = twin.gas.mapped(
        |node| {
            let mut node = node.clone();
            if node.demand_m3_h > 0.0 {
                node.demand_m3_h *= options.demand_factor.unwrap_or(1.0);
            }
            node.temperature_k = options.temperature_c.map_or(node.temperature_k, |t_c| t_c + CELSIUS_K);
            node.feed_pressure_bar = node.feed_pressure_bar.map(|bar| options.feed_pressure_bar.unwrap_or(bar));
            node
        },
        |link| {
            let mut link = link.clone();
            if options.closed.contains(&link.key) {
                match &mut link.kind {
                    GasLinkKind::Pipe { open, .. }
                    | GasLinkKind::Valve { open, .. }
                    | GasLinkKind::Pump { open, .. }
                    | GasLinkKind::Compressor { open, .. }
                    | GasLinkKind::FlowControl { open, .. }
                    | GasLinkKind::PressureControl { open, .. } => *open = false,
                }
            }
            link
        },
    );
    (Cow::Owned(network), operation)
}

/// The heat network of a scenario, and how it is run.
pub(crate) fn heat<'a>(twin: &'a Twin, scenario: &Scenario) -> (Cow<'a, HeatNetwork>, Operation) {
    let options = &scenario.heat;
    let mut operation = twin.operation(Medium::Heat);
    operation.friction = options.friction.unwrap_or(operation.friction);
    operation.ambient_k = options.ground_c.map_or(operation.ambient_k, |t_c| t_c + CELSIUS_K);
    let asked = (options.demand_factor, options.ground_c, options.supply_c, options.lift_bar);
    if asked == (None, None, None, None) && options.closed.is_empty() {
        return (Cow::Borrowed(&twin.heat), operation);
    }
    let factor = options.demand_factor.unwrap_or(1.0);
    let supply_k = options.supply_c.map(|t_c| t_c + CELSIUS_K);
    let network = twin.heat.mapped(
        |node| {
            let mut node = node.clone();
            if node.draw_kg_s > 0.0 {
                node.draw_kg_s *= factor;
            }
            node.feed_temperature_k = node.feed_temperature_k.map(|t_k| supply_k.unwrap_or(t_k));
            match &mut node.kind {
                HeatNodeKind::Junction => {}
                HeatNodeKind::Producer { supply_c, lift_bar, .. } => {
                    *supply_c = options.supply_c.unwrap_or(*supply_c);
                    *lift_bar = options.lift_bar.unwrap_or(*lift_bar);
                }
                HeatNodeKind::Consumer { load_w, .. } => *load_w *= factor,
            }
            node
        },
        |link| {
            let mut link = link.clone();
            adjust_heat(&mut link.kind, factor, supply_k, scenario);
            if options.closed.contains(&link.key) {
                shut_heat(&mut link.kind);
            }
            link
        },
    );
    (Cow::Owned(network), operation)
}

fn adjust_heat(kind: &mut HeatLinkKind, factor: f64, supply_k: Option<f64>, scenario: &Scenario) {
    let options = &scenario.heat;
    let scale = |value: &mut Option<f64>| *value = value.map(|value| value * factor);
    match kind {
        HeatLinkKind::Pipe { ground_k, .. } => {
            *ground_k = options.ground_c.map_or(*ground_k, |t_c| Some(t_c + CELSIUS_K));
        }
        HeatLinkKind::CirculationPump { supply_k: own_k, lift_bar, .. } => {
            *own_k = own_k.map(|t_k| supply_k.unwrap_or(t_k));
            *lift_bar = lift_bar.map(|bar| options.lift_bar.unwrap_or(bar));
        }
        // What gives heat is no demand.
        HeatLinkKind::Exchanger { heat_w, .. } if *heat_w < 0.0 => {}
        HeatLinkKind::Consumer { heat_w: Some(heat_w), .. } if *heat_w < 0.0 => {}
        HeatLinkKind::Exchanger { heat_w, .. } => *heat_w *= factor,
        // Cooling and return temperature stay: less heat is less flow.
        HeatLinkKind::Consumer { heat_w, mass_flow_kg_s, .. } => {
            scale(heat_w);
            scale(mass_flow_kg_s);
        }
        HeatLinkKind::PipePair { .. }
        | HeatLinkKind::Valve { .. }
        | HeatLinkKind::Pump { .. }
        | HeatLinkKind::FlowControl { .. }
        | HeatLinkKind::PressureControl { .. } => {}
    }
}

fn shut_heat(kind: &mut HeatLinkKind) {
    match kind {
        HeatLinkKind::PipePair { open, .. }
        | HeatLinkKind::Pipe { open, .. }
        | HeatLinkKind::Valve { open, .. }
        | HeatLinkKind::Pump { open, .. }
        | HeatLinkKind::CirculationPump { open, .. }
        | HeatLinkKind::Exchanger { open, .. }
        | HeatLinkKind::Consumer { open, .. }
        | HeatLinkKind::FlowControl { open, .. }
        | HeatLinkKind::PressureControl { open, .. } => *open = false,
    }
}
