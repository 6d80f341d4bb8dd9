//! Colors of supply networks: pressure, temperature, loading; what lies without supply.

use twin::{
    Id, Outcome, Twin,
    outcome::{BranchFlow, Supply, WaterTime},
    utility::Medium,
};

use super::{
    Bilingual, FeatureIds, Legend, Paint, network_color,
    paint::{Figures, ramp, rising_classes},
};
use crate::supply::{M_PER_BAR, NETWORKS, SupplyPart, n_lines, n_nodes, shown_time};

/// The legend of what is painted on the lines of a network; nothing for networks that are not computed.
#[must_use]
pub fn supply_legend(medium: Medium) -> Option<Legend> {
    let (title, unit, breaks, digits) = match medium {
        Medium::Water => (
            Bilingual::new("Wasserdruck, zur Zeit der höchsten Abnahme", "Water pressure, at the time of most demand"),
            Bilingual::new("bar", "bar"),
            [0.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0],
            1,
        ),
        Medium::Gas => (
            Bilingual::new("Gasdruck (Überdruck)", "Gas pressure (gauge)"),
            Bilingual::new("mbar", "mbar"),
            [0.0, 18.0, 22.0, 50.0, 100.0, 300.0, 700.0],
            0,
        ),
        Medium::Heat => (
            Bilingual::new("Vorlauftemperatur", "Supply temperature"),
            Bilingual::new("°C", "°C"),
            [0.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0],
            0,
        ),
        Medium::Power => (
            Bilingual::new("Auslastung der Kabel und Transformatoren", "Loading of cables and transformers"),
            Bilingual::new("Prozent", "percent"),
            [0.0, 10.0, 20.0, 40.0, 60.0, 80.0, 100.0],
            0,
        ),
        Medium::Sewer | Medium::Telecom | Medium::Other => return None,
    };
    let mut classes = rising_classes(&breaks, Figures { digits });
    for (class, color) in classes.iter_mut().zip(ramp(network_color(medium))) {
        class.color = color;
    }
    Some(Legend { title, unit, classes })
}

/// The bounds between the classes of a network's legend, in its unit; the first class is open below, the last above.
#[must_use]
pub fn supply_breaks(legend: &Legend) -> Vec<f32> {
    legend.classes.iter().skip(1).map(|class| class.from).collect()
}

/// Values of lines and nodes in the units of [`supply_legend`], with the scenario; those without supply have none.
#[must_use]
pub fn paint_supply(twin: &Twin, ids: FeatureIds, outcome: &Outcome) -> Paint {
    let mut paint = Paint::empty(ids);
    if let Some(time) = outcome.water.as_ref().and_then(shown_time) {
        water(&mut paint, twin, ids, time);
    }
    if let Some(gas) = &outcome.gas {
        let mbar = |node: usize| gas.with.pressure_bar.get(node).copied().flatten().map(|bar| 1000.0 * bar);
        pipes(&mut paint, twin, ids, Medium::Gas, &mbar);
    }
    if let Some(heat) = &outcome.heat {
        let celsius = |node: usize| heat.with.temperature_k.get(node).copied().flatten().map(|k| k - 273.15);
        pipes(&mut paint, twin, ids, Medium::Heat, &celsius);
    }
    if let Some(power) = &outcome.power {
        for (row, flow) in power.with.flow.iter().enumerate() {
            let loading = flow.as_ref().and_then(|flow| flow.loading_percent);
            paint.set(ids.supply(SupplyPart::Line(Medium::Power, row)), loading);
        }
    }
    paint
}

fn water(paint: &mut Paint, twin: &Twin, ids: FeatureIds, time: &WaterTime) {
    let bar = |node: usize| time.pressure_m_at(node).map(|m| m / M_PER_BAR);
    pipes(paint, twin, ids, Medium::Water, &bar);
}

/// The rows of the nodes at the ends of a line of a network that is computed.
fn ends(twin: &Twin, medium: Medium, row: usize) -> [usize; 2] {
    match medium {
        Medium::Water => pair(twin.water.ends(Id::new(row))),
        Medium::Gas => pair(twin.gas.ends(Id::new(row))),
        Medium::Heat => pair(twin.heat.ends(Id::new(row))),
        Medium::Power => pair(twin.power.ends(Id::new(row))),
        Medium::Sewer => pair(twin.sewer.ends(Id::new(row))),
        Medium::Telecom | Medium::Other => unreachable!("because these are no networks and have no lines"),
    }
}

fn pair<N>((from, to): (Id<N>, Id<N>)) -> [usize; 2] {
    [from.index(), to.index()]
}

/// A value per node, and per pipe the lower one of its ends.
fn pipes(paint: &mut Paint, twin: &Twin, ids: FeatureIds, medium: Medium, at_node: &dyn Fn(usize) -> Option<f64>) {
    for row in 0..n_nodes(twin, medium) {
        paint.set(ids.supply(SupplyPart::Node(medium, row)), at_node(row));
    }
    for row in 0..n_lines(twin, medium) {
        let [from, to] = ends(twin, medium, row).map(at_node);
        paint.set(ids.supply(SupplyPart::Line(medium, row)), from.zip(to).map(|(a, b)| a.min(b)));
    }
}

/// Lines and nodes without supply in the scenario that have it without. An outcome holds no state of the water network without
/// the outages: where they take water from anybody, what nothing joins to a source at the time shown is told, even if nothing
/// did before.
#[must_use]
pub fn without_supply(twin: &Twin, outcome: &Outcome) -> Vec<SupplyPart> {
    let mut parts = Vec::new();
    if let Some(time) = outcome.water.as_ref().filter(|water| !water.affected.is_empty()).and_then(shown_time) {
        fallen(&mut parts, twin, Medium::Water, &|node| time.supply.get(node) == Some(&Supply::CutOff));
    }
    let gas = outcome.gas.as_ref().map(|gas| [&gas.base.pressure_bar, &gas.with.pressure_bar]);
    let heat = outcome.heat.as_ref().map(|heat| [&heat.base.pressure_bar, &heat.with.pressure_bar]);
    for (medium, pressures) in [(Medium::Gas, gas), (Medium::Heat, heat)] {
        if let Some([base, with]) = pressures {
            let has = |column: &[Option<f64>], node: usize| column.get(node).copied().flatten().is_some();
            fallen(&mut parts, twin, medium, &|node| has(base, node) && !has(with, node));
        }
    }
    if let Some(power) = &outcome.power {
        let dark = |row: usize| power.dark_buses.binary_search(&Id::new(row)).is_ok();
        parts.extend(power.dark_buses.iter().map(|bus| SupplyPart::Node(Medium::Power, bus.index())));
        parts.extend((0..n_lines(twin, Medium::Power)).filter_map(|row| {
            let live = |flow: &[Option<BranchFlow>]| flow.get(row).copied().flatten().is_some();
            let lost = live(&power.base.flow) && !live(&power.with.flow);
            let beside_dark = ends(twin, Medium::Power, row).into_iter().any(dark);
            (lost && beside_dark).then_some(SupplyPart::Line(Medium::Power, row))
        }));
    }
    debug_assert!(parts.iter().all(|part| NETWORKS.contains(&part.medium(twin))), "because only these are computed");
    parts
}

/// Adds the nodes of a pipe network that are without supply, and the pipes between two of them.
fn fallen(parts: &mut Vec<SupplyPart>, twin: &Twin, medium: Medium, lost: &dyn Fn(usize) -> bool) {
    parts.extend((0..n_nodes(twin, medium)).filter(|&row| lost(row)).map(|row| SupplyPart::Node(medium, row)));
    let between = |row: &usize| ends(twin, medium, *row).into_iter().all(lost);
    parts.extend((0..n_lines(twin, medium)).filter(between).map(|row| SupplyPart::Line(medium, row)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_network_that_is_computed_has_a_legend_that_darkens_with_its_values() {
        for medium in [Medium::Water, Medium::Gas, Medium::Heat, Medium::Power] {
            let legend = supply_legend(medium).expect("it is computed");
            let light: Vec<u32> = legend.classes.iter().map(|c| c.color.iter().map(|&v| u32::from(v)).sum()).collect();
            assert!(light.windows(2).all(|pair| pair[0] > pair[1]), "{medium:?}: {light:?}");
            assert_eq!(legend.classes[3].color, network_color(medium));
            let breaks = supply_breaks(&legend);
            assert!(breaks.len() == 6 && breaks.windows(2).all(|pair| pair[0] < pair[1]));
            assert_eq!((legend.class(-1.0), legend.class(breaks[5])), (0, 6));
        }
        assert!(supply_legend(Medium::Sewer).is_none());
    }
}
