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
        pipes(&mut paint, twin, ids, Medium::Gas, &mbar, &|row| {
            let (from, to) = twin.gas.ends(Id::new(row));
            [from.index(), to.index()]
        });
    }
    if let Some(heat) = &outcome.heat {
        let celsius = |node: usize| heat.with.temperature_k.get(node).copied().flatten().map(|k| k - 273.15);
        pipes(&mut paint, twin, ids, Medium::Heat, &celsius, &|row| {
            let (from, to) = twin.heat.ends(Id::new(row));
            [from.index(), to.index()]
        });
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
    pipes(paint, twin, ids, Medium::Water, &bar, &|row| {
        let (from, to) = twin.water.ends(Id::new(row));
        [from.index(), to.index()]
    });
}

/// A value per node, and per pipe the lower one of its ends.
fn pipes(
    paint: &mut Paint,
    twin: &Twin,
    ids: FeatureIds,
    medium: Medium,
    at_node: &dyn Fn(usize) -> Option<f64>,
    ends: &dyn Fn(usize) -> [usize; 2],
) {
    for row in 0..n_nodes(twin, medium) {
        paint.set(ids.supply(SupplyPart::Node(medium, row)), at_node(row));
    }
    for row in 0..n_lines(twin, medium) {
        let [from, to] = ends(row).map(at_node);
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
        let cut_off = |node: usize| time.supply.get(node) == Some(&Supply::CutOff);
        parts.extend(
            (0..twin.water.n_nodes()).filter(|&row| cut_off(row)).map(|row| SupplyPart::Node(Medium::Water, row)),
        );
        parts.extend(twin.water.links().map(|(id, _)| id.index()).filter_map(|row| {
            let (from, to) = twin.water.ends(Id::new(row));
            (cut_off(from.index()) && cut_off(to.index())).then_some(SupplyPart::Line(Medium::Water, row))
        }));
    }
    if let Some(gas) = &outcome.gas {
        let lost = |state: &[Option<f64>], before: &[Option<f64>], row: usize| {
            before.get(row).copied().flatten().is_some() && state.get(row).copied().flatten().is_none()
        };
        let lost = |row: usize| lost(&gas.with.pressure_bar, &gas.base.pressure_bar, row);
        parts.extend((0..twin.gas.n_nodes()).filter(|&row| lost(row)).map(|row| SupplyPart::Node(Medium::Gas, row)));
        parts.extend(twin.gas.links().map(|(id, _)| id).filter_map(|id| {
            let (from, to) = twin.gas.ends(id);
            (lost(from.index()) && lost(to.index())).then_some(SupplyPart::Line(Medium::Gas, id.index()))
        }));
    }
    if let Some(heat) = &outcome.heat {
        let lost = |row: usize| {
            let at = |column: &[Option<f64>]| column.get(row).copied().flatten().is_some();
            at(&heat.base.pressure_bar) && !at(&heat.with.pressure_bar)
        };
        parts.extend((0..twin.heat.n_nodes()).filter(|&row| lost(row)).map(|row| SupplyPart::Node(Medium::Heat, row)));
        parts.extend(twin.heat.links().map(|(id, _)| id).filter_map(|id| {
            let (from, to) = twin.heat.ends(id);
            (lost(from.index()) && lost(to.index())).then_some(SupplyPart::Line(Medium::Heat, id.index()))
        }));
    }
    if let Some(power) = &outcome.power {
        let dark = |row: usize| power.dark_buses.binary_search(&Id::new(row)).is_ok();
        parts.extend(power.dark_buses.iter().map(|bus| SupplyPart::Node(Medium::Power, bus.index())));
        parts.extend(twin.power.links().map(|(id, _)| id).filter_map(|id| {
            let (from, to) = twin.power.ends(id);
            let live = |flow: &[Option<BranchFlow>]| flow.get(id.index()).copied().flatten().is_some();
            let live_before = live(&power.base.flow);
            let lost = live_before && !live(&power.with.flow);
            (lost && (dark(from.index()) || dark(to.index()))).then_some(SupplyPart::Line(Medium::Power, id.index()))
        }));
    }
    debug_assert!(parts.iter().all(|part| NETWORKS.contains(&part.medium(twin))), "because only these are computed");
    parts
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
