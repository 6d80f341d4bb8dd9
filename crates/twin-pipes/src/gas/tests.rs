//! Gas networks solved by hand.

use twin::{
    Key,
    geo_types::{LineString, coord},
    utility::{Burial, Friction, Medium, Property},
};

use super::*;

/// A feed of 300 K and a house in ground of 280 K, joined by one pipe drawn either way.
#[test]
fn a_feed_warms_what_begins_there() {
    let constant = |value| Property::Constant { value };
    let operation = Operation {
        medium: Medium::Gas,
        fluid: Fluid {
            name: "gas".to_owned(),
            is_gas: true,
            density: constant(0.8),
            viscosity: constant(1e-5),
            heat_capacity: constant(2000.0),
            compressibility: constant(1.0),
        },
        friction: Friction::Nikuradse,
        ambient_k: 280.0,
    };
    let solve = |drawn_from_feed: bool, sections: u32| {
        let mut network = GasNetwork::new();
        let at = coord! { x: 0.0, y: 0.0 };
        let node = |name: &str| GasNode { temperature_k: 280.0, ..GasNode::junction(Key::new(name), at) };
        let feed = network.add_node(GasNode {
            temperature_k: 300.0,
            feed_pressure_bar: Some(1.0),
            ..node("gas_junction/feed")
        });
        let house = network.add_node(GasNode { demand_m3_h: 450.0, ..node("gas_junction/house") });
        let kind = GasLinkKind::Pipe {
            length_m: 100.0,
            diameter_m: 0.1,
            roughness_mm: 0.1,
            loss_coefficient: 0.0,
            sections,
            open: true,
        };
        let link =
            GasLink { key: Key::new("gas_pipe/1"), geometry: LineString(Vec::new()), kind, burial: Burial::default() };
        let (from, to) = if drawn_from_feed { (feed, house) } else { (house, feed) };
        network.add_link(from, to, link);
        let state = Gas::new(&network, &operation).solve(&[], &GasOptions::default());
        assert!(state.status.is_fine());
        state.pressure_bar[1].unwrap() + NORMAL_PRESSURE_BAR
    };
    // p1² − p2² = λ·L/d·(m/A)²·pₙ·T/(ρₙ·Tₙ) with 0.1 kg/s.
    let mass_flux = 0.1 / area_m2(0.1);
    let lambda = 64.0 / (mass_flux * 0.1 / 1e-5) + (2.0 * 1e3_f64.log10() + 1.14).powi(-2);
    let loss_per_k = lambda * 1000.0 * mass_flux * mass_flux * 101_325.0 / (0.8 * 273.15) / 1e10;
    let p1 = 1.0 + NORMAL_PRESSURE_BAR;
    for (drawn_from_feed, sections, mean_k) in
        [(true, 1, 290.0), (false, 1, 280.0), (true, 4, 282.5), (false, 4, 280.0)]
    {
        let p2 = solve(drawn_from_feed, sections);
        let expected = (p1 * p1 - loss_per_k * mean_k).sqrt();
        assert!((p2 - expected).abs() < 1e-9, "{drawn_from_feed} {sections}: {p2} {expected}");
    }
}
